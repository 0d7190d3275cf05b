"""The face: is somebody there, and is it who they say? What it stops and what it doesn't: docs/face.md."""
