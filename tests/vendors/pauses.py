"""What a script of an SDK's environment says to the test that runs it; it imports nothing of ours."""

MARK = "\x00pause "


def pause(word: str) -> None:
    """Let the test do what it does at WORD, and go on when it is done."""
    print(MARK + word, flush=True)
    input()
