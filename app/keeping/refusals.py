"""Why a backup, a restore or a move is not done: messages for an operator. It knows nothing else of ours."""


class Refused(Exception):
    """It is not done as things stand; the message says why, and what to do."""


class Damaged(Refused):
    """The archive is not whole, or was not made by a backup."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            f"the archive is damaged, or is no backup of Postil: {detail}. Nothing was restored: use another."
        )
