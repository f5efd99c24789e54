"""The sample that `postil demo` plays: photographs, people and a story. It knows no database and no HTTP."""
