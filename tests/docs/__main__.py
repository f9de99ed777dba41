"""`python -m tests.docs`: the outputs of all pages are written anew."""

from tests.docs.running import renew_all

if __name__ == "__main__":
    renew_all()
