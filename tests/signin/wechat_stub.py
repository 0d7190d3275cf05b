"""A WeChat on this machine: asks its user (who always agrees), and answers what the platform asks."""

import json
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlparse


@dataclass
class Person:
    """`unionid` is empty where the application is not joined to an open platform."""

    openid: str
    unionid: str = ""


class WeChatStub:
    def __init__(self, secrets):
        self.secrets, self.person, self.asked, self.broken = secrets, Person("o-1", "u-1"), [], ""
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                address = urlparse(self.path)
                query = {name: values[0] for name, values in parse_qs(address.query).items()}
                stub.asked.append((address.path, query))
                if address.path.startswith("/connect/"):
                    back = urlencode({"code": f"code-of-{query['appid']}", "state": query["state"]})
                    self.send_response(302)
                    self.send_header("Location", f"{query['redirect_uri']}?{back}")
                    self.end_headers()
                    return
                self.send_response(200)  # WeChat tells of its errors with this status, too
                self.end_headers()
                self.wfile.write(json.dumps(stub.answer(address.path, query), ensure_ascii=False).encode())

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def answer(self, path, query):
        if self.broken == path:
            return {"errcode": 40163, "errmsg": "code been used"}
        if path == "/sns/oauth2/access_token":
            if (query["secret"], query["code"]) != (self.secrets[query["appid"]], f"code-of-{query['appid']}"):
                return {"errcode": 40029, "errmsg": "invalid code"}
            return {"access_token": "token", "expires_in": 7200, "openid": self.person.openid}
        told = {"openid": self.person.openid, "nickname": "小榕🌳", "headimgurl": ""}
        return told | ({"unionid": self.person.unionid} if self.person.unionid else {})

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
