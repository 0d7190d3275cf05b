"""The HTTP face of the sandbox provider. Standard library only."""

from members.stand_in import Refused, StandInHandler, StandInServer, parsed
from notifications.sandbox.dials import BadDial
from notifications.sandbox.gateway import MAX_BATCH, Gateway, answer

MAX_PAGE = 200


class SandboxServer(StandInServer):
    def __init__(self, address: tuple[str, int], gateways: dict[str, Gateway], secret: str) -> None:
        self.gateways = gateways
        super().__init__(address, Handler, secret)


class Handler(StandInHandler):
    server: SandboxServer
    max_body = 8 * 1024 * 1024

    def route(self, path: list[str], query: dict[str, str], body: bytes) -> None:
        gateways = self.server.gateways
        match (self.command, path):
            case ("GET", ["stats"]):
                self.answer(200, {name: gateway.stats() for name, gateway in gateways.items()})
            case ("GET" | "PUT", ["dials"]):
                self.turn_dials(gateways, body)
            case ("GET" | "PUT", [name, "dials"]) if name in gateways:
                self.turn_dials({name: gateways[name]}, body)
            case ("POST", [name, "messages"]) if name in gateways:
                self.take_messages(gateways[name], body)
            case ("GET", [name, "messages"]) if name in gateways:
                self.show_messages(gateways[name], query)
            case _:
                raise Refused(404, "not_found")

    def take_messages(self, gateway: Gateway, body: bytes) -> None:
        batch = parsed(body).get("messages")
        if not isinstance(batch, list):
            raise Refused(422, "invalid", "must be a list", "/messages")
        if len(batch) > MAX_BATCH:
            raise Refused(413, "too_many_messages", f"at most {MAX_BATCH}", "/messages")
        fault = gateway.fault(len(batch))
        if fault.kind == "throttled":
            return self.answer(429, {"error": {"code": "throttled"}}, {"Retry-After": str(fault.retry_after_s)})
        if fault.kind == "server_error":
            self.server.stopping.wait(gateway.dials.latency_ms / 1000)
            raise Refused(500, "server_error")
        answers = gateway.accept(batch)
        # The answer is late, not the acceptance: so a receipt may overtake it, as it does in life.
        self.server.stopping.wait(gateway.dials.latency_ms / 1000)
        if fault.kind == "timeout":
            self.never_answer()
        elif fault.kind == "garbage":
            self.write(200, b"<html><body>\xff\xfe It works! </bo", {"Content-Type": "text/html"})
        else:
            self.answer(200, {"results": answers})

    def show_messages(self, gateway: Gateway, query: dict[str, str]) -> None:
        if "keys" in query:
            keys = query["keys"].split(",")
            if len(keys) > MAX_BATCH:
                raise Refused(413, "too_many_keys", f"at most {MAX_BATCH}")
            known = gateway.store.answers(gateway.service, keys)
            return self.answer(200, {"results": [answer(known[key]) for key in dict.fromkeys(keys) if key in known]})
        if "to" not in query:
            raise Refused(422, "invalid", "name keys or to")
        try:
            before, limit = int(query.get("before", 0)), min(int(query.get("limit", 50)), MAX_PAGE)
        except ValueError as error:
            raise Refused(422, "invalid", "before and limit are whole numbers") from error
        messages = gateway.store.received(gateway.service, query["to"], before, max(1, limit))
        shown = [
            {"id": m.id, "key": m.key, "title": m.title, "text": m.text, "received_at": m.received_at} for m in messages
        ]
        self.answer(200, {"messages": shown, "next": messages[-1].id if len(messages) == limit else None})

    def turn_dials(self, gateways: dict[str, Gateway], body: bytes) -> None:
        if self.command == "PUT":
            changes = parsed(body)
            try:
                turned = {name: gateway.dials.turned(changes) for name, gateway in gateways.items()}
            except BadDial as bad:
                raise Refused(422, "bad_dial", str(bad), f"/{bad.name}") from bad
            for name, dials in turned.items():
                gateways[name].turn(dials)
        self.answer(200, {name: gateway.dials.as_json() for name, gateway in gateways.items()})
