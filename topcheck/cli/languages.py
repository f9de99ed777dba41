"""The languages that a driver can be begun in."""

#: The languages, each with the folder of the reference client that is its scaffold.
SCAFFOLDS = {"python": "python", "node": "node", "java": "java", "go": "go", "csharp": "dotnet",
             "php": "php", "cpp": "cpp", "shell": "curl"}  # fmt: skip
