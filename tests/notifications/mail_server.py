"""A real mail sandbox process for tests."""

import subprocess
import sys

from notifications.sandbox.mailbox import mails_for


class MailServer:
    """`python -m notifications.sandbox.mail` on a free port, delivering below `folder`."""

    def __init__(self, folder):
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "notifications.sandbox.mail", "--port", "0", "--folder", str(folder)],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.ready_line = self.process.stdout.readline().strip()
        self.port = int(self.ready_line.rpartition(":")[2])

    def received(self, address):
        return mails_for(address, folder=self.folder)

    def stop(self):
        self.process.terminate()
        self.process.stdout.close()
        return self.process.wait(timeout=10)
