"""Reports in a browser: outcomes of each kind as pages, looked at by Chromium and by axe."""
