"""A small RTSP server for tests: one H.264 loop, RTP interleaved over the one TCP connection.

    python rtsp_server.py CLIP [--port N]

It answers DESCRIBE, SETUP, PLAY, OPTIONS and TEARDOWN, prints its address, and can be killed,
stopped (SIGSTOP) and started again on the same port.
"""

import argparse
import base64
import io
import re
import socketserver
import struct
import threading
import time
from pathlib import Path

import av
from av.bitstream import BitStreamFilterContext

CLOCK = 90_000
PACKET = 1400


def encode(images, fps=25, size=None, gop=10):
    """Return the access units of `images` ((H, W, 3) BGR) as lists of NAL units."""
    height, width = images[0].shape[:2] if size is None else size[::-1]
    file = io.BytesIO()
    with av.open(file, "w", format="h264") as out:
        options = {"preset": "ultrafast", "tune": "zerolatency", "crf": "18"}
        stream = out.add_stream("libx264", rate=fps, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.gop_size = gop
        units = []
        for image in images:
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            units += [nals(bytes(p)) for p in stream.encode(frame)]
        units += [nals(bytes(p)) for p in stream.encode(None)]
    return units


def units_of(clip):
    """Return the access units of an H.264 file as they are, and its pictures a second."""
    with av.open(str(clip)) as film:
        stream = film.streams.video[0]
        plain = BitStreamFilterContext("h264_mp4toannexb", stream)
        packets = [p for packet in film.demux(stream) for p in plain.filter(packet)]
        return [nals(bytes(p)) for p in packets if p.size], float(stream.average_rate)


def nals(data):
    return [n for n in re.split(rb"\x00\x00\x00?\x01", data) if n]


def rtp(units, fps):
    """Yield (seconds since the start, interleaved bytes) for ever, the loop of `units`."""
    sequence, turn = 0, 0
    while True:
        for i, unit in enumerate(units):
            at_s = (turn * len(units) + i) / fps
            stamp = int(at_s * CLOCK) & 0xFFFFFFFF
            packets = [p for nal in unit for p in payloads(nal)]
            wire = b""
            for n, payload in enumerate(packets):
                marker = 0x80 if n == len(packets) - 1 else 0
                head = struct.pack(">BBHII", 0x80, 96 | marker, sequence & 0xFFFF, stamp, 0x10C)
                wire += b"$\x00" + struct.pack(">H", len(head) + len(payload)) + head + payload
                sequence += 1
            yield at_s, wire
        turn += 1


def payloads(nal):
    """Return the RTP payloads of one NAL unit: itself, or its FU-A fragments."""
    if len(nal) <= PACKET:
        return [nal]
    indicator, kind, body = nal[0] & 0xE0 | 28, nal[0] & 0x1F, nal[1:]
    parts = [body[i : i + PACKET] for i in range(0, len(body), PACKET)]
    flags = [0x80, *[0] * (len(parts) - 2), 0x40]
    return [bytes([indicator, f | kind]) + p for f, p in zip(flags, parts, strict=True)]


class Session(socketserver.BaseRequestHandler):
    def handle(self):
        data = b""
        while b"\r\n\r\n" not in data or not self.answer(data):
            more = self.request.recv(4096)
            if not more:
                return
            data = data.split(b"\r\n\r\n", 1)[1] + more if b"\r\n\r\n" in data else data + more

    def answer(self, data):
        head = data.split(b"\r\n\r\n")[0].decode()
        method, url = head.split()[:2]
        sequence = re.search(r"CSeq: *(\d+)", head, re.I).group(1)
        lines, body = ["RTSP/1.0 200 OK", f"CSeq: {sequence}", "Session: 1"], ""
        if method == "OPTIONS":
            lines.append("Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN")
        elif method == "DESCRIBE":
            body = self.server.sdp()
            lines += [f"Content-Base: {url}/", "Content-Type: application/sdp"]
        elif method == "SETUP":
            lines.append("Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
        lines.append(f"Content-Length: {len(body)}")
        self.request.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
        if method == "PLAY":
            self.play()
        return method in ("PLAY", "TEARDOWN")

    def play(self):
        start = time.monotonic()
        try:
            for at_s, wire in rtp(self.server.units, self.server.fps):
                while self.server.hung:
                    time.sleep(0.05)
                if self.server.closing:
                    return
                time.sleep(max(0.0, start + at_s - time.monotonic()))
                self.request.sendall(wire)
        except OSError:
            return


class RtspServer(socketserver.ThreadingTCPServer):
    """One camera at every path of 127.0.0.1:`port`; `hung` holds all its pictures back."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, units, fps, port=0):
        super().__init__(("127.0.0.1", port), Session)
        self.units, self.fps, self.hung, self.closing = units, fps, False, False
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}).start()

    @property
    def url(self):
        return f"rtsp://127.0.0.1:{self.server_address[1]}/live"

    def sdp(self):
        parameters = {nal[0] & 0x1F: nal for unit in self.units for nal in unit}
        sets = ",".join(base64.b64encode(parameters[kind]).decode() for kind in (7, 8))
        return (
            "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=test\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n"
            "c=IN IP4 0.0.0.0\r\na=rtpmap:96 H264/90000\r\n"
            f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={sets}\r\na=control:track0\r\n"
        )

    def stop(self):
        self.closing = True
        self.shutdown()
        self.server_close()

    def __exit__(self, *_):
        self.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("clip", type=Path)
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()
    pictures, rate = units_of(given.clip)
    print(RtspServer(pictures, rate, given.port).url, flush=True)
