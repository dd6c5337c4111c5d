#!/usr/bin/python3
"""Cameras served by GStreamer's RTSP server: gstreamer-cameras.py OPEN_PORT BASIC_PORT DIGEST_PORT COUNT CLIPS_FOLDER

Port 0 has the system pick one. Prints "PORTS open basic digest" once it listens on 127.0.0.1. Which challenge a server sends is one for all of its mounts, hence three servers; each has
/h264_25, /h264_12, /h265_25, /mjpeg_5 and /cam0 to /camCOUNT-1 (as /h264_25). User admin, password cam-secret. Nothing runs for a mount until it is described."""
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer

USER, PASSWORD, ROLE = "admin", "cam-secret", "viewer"
Gst.init(None)


def pictures(folder, name, start):
    """The access units of a clip, each of which begins with the same bytes."""
    with open(f"{folder}/{name}", "rb") as clip:
        return [start + unit for unit in clip.read().split(start)[1:]]


class Feeder:
    """Pushes pictures for ever; their times go on across the clip's end, which multifilesrc's loop can't do."""

    def __init__(self, units, fps):
        self.units, self.fps, self.number = units, fps, 0

    def push(self, source, _length):
        buffer = Gst.Buffer.new_wrapped(self.units[self.number % len(self.units)])
        buffer.pts = buffer.dts = Gst.SECOND * self.number // self.fps
        buffer.duration = Gst.SECOND // self.fps
        self.number += 1
        source.emit("push-buffer", buffer)


def mount(units, fps, caps, payloader, guarded):
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(f'( appsrc name=source is-live=true format=time max-bytes=20000 caps="{caps},framerate={fps}/1" ! {payloader} )')
    factory.set_shared(True)

    def configure(_factory, media):
        feeder = Feeder(units, fps)
        media.get_element().get_by_name("source").connect("need-data", feeder.push)

    factory.connect("media-configure", configure)
    if guarded:
        permissions = GstRtspServer.RTSPPermissions()
        for permission in ("media.factory.access", "media.factory.construct"):
            permissions.add_permission_for_role(ROLE, permission, True)
        factory.set_permissions(permissions)
    return factory


def guard(access):
    auth, token = GstRtspServer.RTSPAuth(), GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", ROLE)
    if access == "basic":
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(USER, PASSWORD), token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(USER, PASSWORD, token)
    return auth


def serve(port, access, count, folder):
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    server.set_backlog(1024)
    mounts = server.get_mount_points()
    h264 = pictures(folder, "moving.h264", b"\0\0\0\1\x09")
    h265 = pictures(folder, "moving.h265", b"\0\0\0\1\x46\x01")
    jpeg = pictures(folder, "moving.mjpeg", b"\xff\xd8\xff")
    as_h264 = "video/x-h264,stream-format=byte-stream,alignment=au", "h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1", access
    as_h265 = "video/x-h265,stream-format=byte-stream,alignment=au", "h265parse ! rtph265pay name=pay0 pt=96 config-interval=-1", access
    as_jpeg = "image/jpeg,width=320,height=176", "rtpjpegpay name=pay0 pt=26", access
    mounts.add_factory("/h264_25", mount(h264, 25, *as_h264))
    mounts.add_factory("/h264_12", mount(h264, 12, *as_h264))
    mounts.add_factory("/h265_25", mount(h265, 25, *as_h265))
    mounts.add_factory("/mjpeg_5", mount(jpeg, 5, *as_jpeg))
    for number in range(count):
        mounts.add_factory(f"/cam{number}", mount(h264, 25, *as_h264))
    if access:
        server.set_auth(guard(access))
    if not server.attach(None):
        sys.exit(f"port {port} is taken")
    return server


def clean_up(servers):
    for server in servers:
        server.get_session_pool().cleanup()
    return True


def main(open_port, basic_port, digest_port, count, folder):
    servers = [serve(port, access, int(count), folder) for port, access in ((open_port, None), (basic_port, "basic"), (digest_port, "digest"))]
    GLib.timeout_add_seconds(5, clean_up, servers)
    print("PORTS", *[server.get_bound_port() for server in servers], flush=True)
    GLib.MainLoop().run()


main(*sys.argv[1:])
