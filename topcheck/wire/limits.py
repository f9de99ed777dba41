"""How much of a body, and of a gateway's patience, is taken."""

MAX_BODY_BYTES = 16 * 1024 * 1024
#: Of the head of an answer: its bytes, and its header lines.
MAX_HEAD_BYTES = 1024 * 1024
MAX_HEAD_LINES = 1000
MAX_DEPTH = 64
MAX_DIGITS = 400
MAX_EXPONENT = 400
#: Ours, not TOP's: a tree of more members than this is no answer to one payment.
MAX_MEMBERS = 100_000

#: How often a gateway is asked at most, unless it is said.
MOST_REQUESTS = 300
