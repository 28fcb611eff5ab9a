#!/usr/bin/env python3
"""Plays a game over MettaGrid's socket protocol. Needs Debian's python3-protobuf and protobuf-compiler.

In the folder of the project, with `npx beamcade start --socket-only` running:

    protoc -I proto --python_out=examples/socket/python proto/mettagrid/rpc/v1/mettagrid.proto
    python3 examples/socket/python/play.py

Requests and responses are Protobuf, each with its length in front: four bytes, big-endian.
"""
import argparse
import os
import pathlib
import socket
import struct
import sys

try:
    from google.protobuf import json_format
    from mettagrid.rpc.v1 import mettagrid_pb2 as pb
except ImportError as missing:
    sys.exit(f"play.py: {missing}: install python3-protobuf, and run protoc as the first lines of this file say")

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "mettagrid"
# What a character of a map stands for; "." is empty.
LEGEND = {"#": "wall", "@": "agent.agent", "p": "agent.prey", "P": "agent.predator", "_": "altar", "c": "converter",
          "C": "chest", "Z": "assembler", **{str(team): f"agent.team_{team}" for team in range(1, 5)}}
UNUSED, TYPE_ID = 0xFF, 0  # a location that is none, and the feature that says what stands at one


class Refused(Exception):
    """The server said no; the text is its own."""


class Client:
    """One connection. Requests may also be sent ahead: responses come in their order."""

    def __init__(self, host, port, token=None, timeout=10):
        self.socket = socket.create_connection((host, port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent = 0
        if token:
            self.ask(authenticate=pb.AuthenticateRequest(token=token))

    def ask(self, **payload):
        """Sends one request, such as get_state=GetStateRequest(...), and waits for its result."""
        self.sent += 1
        request = pb.MettaGridRequest(request_id=f"req_{self.sent}", **payload)
        body = request.SerializeToString()
        self.socket.sendall(struct.pack(">I", len(body)) + body)
        (length,) = struct.unpack(">I", self.read(4))
        response = pb.MettaGridResponse.FromString(self.read(length))
        if response.WhichOneof("payload") == "error":
            raise Refused(response.error.message)
        result = getattr(response, response.WhichOneof("payload"))
        if isinstance(result, pb.AckResult) and not result.ok:
            raise Refused(result.message)
        return result

    def read(self, count):
        """Exactly so many bytes: one recv may bring fewer."""
        data = bytearray()
        while len(data) < count:
            chunk = self.socket.recv(count - len(data))
            if not chunk:
                raise ConnectionError("the server closed the connection")
            data += chunk
        return bytes(data)

    def create_game(self, game_id, config, map, seed):
        self.ask(create_game=pb.CreateGameRequest(game_id=game_id, config=config, map=map, seed=seed))

    def step_game(self, game_id, flat_actions):
        return self.ask(step_game=pb.StepGameRequest(game_id=game_id, flat_actions=flat_actions))

    def get_state(self, game_id):
        return self.ask(get_state=pb.GetStateRequest(game_id=game_id)).snapshot

    def delete_game(self, game_id):
        self.ask(delete_game=pb.DeleteGameRequest(game_id=game_id))


def read_text(path):
    try:
        return path.read_text()
    except OSError as error:
        sys.exit(f"play.py: {error}")


def read_map(text):
    """A character a cell, a line a row."""
    rows = text.split()
    cells = [pb.MapCell(row=row, col=col, object_type=LEGEND[char])
             for row, line in enumerate(rows) for col, char in enumerate(line) if char != "."]
    return pb.MapDefinition(height=len(rows), width=max(map(len, rows)), cells=cells)


def window(config, observation):
    """What one agent sees: the objects around it, as the characters of the map."""
    chars = {}
    for definition in config.objects:
        type_id = getattr(definition, definition.WhichOneof("config")).type_id
        chars.setdefault(type_id, next((char for char, name in LEGEND.items() if name == definition.name), "?"))
    rows = [["."] * config.obs_width for _ in range(config.obs_height)]
    for location, feature, value in zip(*[iter(observation)] * 3):
        if location != UNUSED and feature == TYPE_ID:
            rows[location >> 4][location & 15] = chars.get(value, "?")
    return ["".join(row) for row in rows]


def play(options):
    config = json_format.Parse(read_text(options.config), pb.GameConfig())
    map = read_map(read_text(options.map))
    client = Client(options.host, options.port, options.token)
    client.create_game(options.game, config, map, options.seed)
    try:
        state = client.get_state(options.game)
        agents = len(state.terminals)
        total = 0.0
        for action in options.actions:
            # Agent 0 does it; the others do nothing.
            state = client.step_game(options.game, [action] + [0] * (agents - 1))
            if options.raw:
                fields = [state.observations, state.rewards, state.terminals, state.truncations, state.action_success]
                print(state.current_step, *(field.hex() for field in fields))
                continue
            reward = struct.unpack(f"<{agents}f", state.rewards)[0]
            total += reward
            how = "done" if state.action_success[0] else "failed"
            print(f"step {state.current_step}: action {action} {how}, reward {reward:.3f}, total {total:.3f}")
        if not options.raw:
            seen = state.observations[: len(state.observations) // agents]
            print("agent 0 sees:", *window(config, seen), sep="\n")
    finally:
        client.delete_game(options.game)


def main():
    numbers = lambda text: [int(number) for number in text.split(",")]
    parser = argparse.ArgumentParser(description="Plays a game over MettaGrid's socket protocol.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5858)
    parser.add_argument("--token", default=os.environ.get("BEAMCADE_SOCKET_TOKEN"),
                        help="if the server asks for one (default: $BEAMCADE_SOCKET_TOKEN)")
    parser.add_argument("--config", type=pathlib.Path, default=EXAMPLES / "config.json", metavar="FILE")
    parser.add_argument("--map", type=pathlib.Path, default=EXAMPLES / "map.txt", metavar="FILE")
    parser.add_argument("--game", default="python", metavar="ID")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--actions", type=numbers, default=[4, 9, 2, 4, 2, 4], metavar="4,9,...",
                        help="what agent 0 does, by position in the list of flat actions: a step each")
    parser.add_argument("--raw", action="store_true", help="a line a step: its number and its bytes, in hex")
    options = parser.parse_args()
    try:
        play(options)
    except Refused as refusal:
        sys.exit(f"play.py: the server says: {refusal}")
    except OSError as error:
        sys.exit(f"play.py: {options.host}:{options.port}: {error}")
    except json_format.ParseError as error:
        sys.exit(f"play.py: {options.config}: {error}")
    except KeyError as char:
        sys.exit(f"play.py: {char} of the map stands for nothing")


if __name__ == "__main__":
    main()
