"""Files are written whole or not at all."""

import tempfile
from collections.abc import Mapping
from pathlib import Path


def write_whole(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write all files or none: all are complete before the first is moved to its place.

    Text is UTF-8, its line ends as they are; half a surrogate pair, which UTF-8 has no place for,
    is escaped. A name may have folders, which must not be there before. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as temporary:
        for name, content in files.items():
            if isinstance(content, str):
                content = content.encode("utf-8", "backslashreplace")
            path = Path(temporary, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        for name in dict.fromkeys(Path(name).parts[0] for name in files):
            Path(temporary, name).replace(folder / name)
