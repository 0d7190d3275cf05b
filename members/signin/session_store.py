"""Sessions in the database, as Django keeps them, in fewer statements at a sign-in (tests.benchmarks.signin)."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.utils.crypto import get_random_string

KEY_LENGTH = 32


class SessionStore(db.SessionStore):
    def _get_new_session_key(self) -> str:
        """Nobody looks first whether it is taken: two never meet, and if they did, the database would refuse."""
        return get_random_string(KEY_LENGTH, VALID_KEY_CHARS)

    def cycle_key(self) -> None:
        """Gives the row another key, where Django makes another row and deletes this one."""
        data = dict(self.items())  # a key that opens nothing is forgotten by this
        old = self.session_key
        new = self._get_new_session_key()
        if old and self.model.objects.filter(session_key=old).update(session_key=new):
            self._session_key = new
            self.modified = True
        else:
            self.create()
            self._session_cache = data
