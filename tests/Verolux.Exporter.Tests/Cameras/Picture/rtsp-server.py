#!/usr/bin/python3
"""A real RTSP server for the picture tests: /cam plays an endless H.264 clip to whoever knows the password (Digest).
Usage: rtsp-server.py CLIP.h264 USER PASSWORD FPS; prints PORT <number>."""
import sys
import gi
gi.require_version('Gst', '1.0')
gi.require_version('GstRtspServer', '1.0')
gi.require_version('GstRtsp', '1.0')
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer

Gst.init(None)
clip, user, password, fps = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
DELIMITER = b'\0\0\0\1\x09'
units = [DELIMITER + unit for unit in open(clip, 'rb').read().split(DELIMITER)[1:]]


class Feeder:
    def __init__(self):
        self.count = 0

    def need(self, source, _length):
        buffer = Gst.Buffer.new_wrapped(units[self.count % len(units)])
        buffer.pts = buffer.dts = Gst.SECOND * self.count // fps
        buffer.duration = Gst.SECOND // fps
        self.count += 1
        source.emit('push-buffer', buffer)


factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch('( appsrc name=src is-live=true format=time max-bytes=20000 '
                   f'caps="video/x-h264,stream-format=byte-stream,alignment=au,framerate={fps}/1" '
                   '! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1 )')
factory.set_shared(True)
factory.connect('media-configure', lambda _f, media: media.get_element().get_by_name('src').connect('need-data', Feeder().need))
permissions = GstRtspServer.RTSPPermissions()
for permission in ('media.factory.access', 'media.factory.construct'):
    permissions.add_permission_for_role('user', permission, True)
factory.set_permissions(permissions)

server = GstRtspServer.RTSPServer()
server.set_address('127.0.0.1')
server.set_service('0')
server.get_mount_points().add_factory('/cam', factory)
auth, token = GstRtspServer.RTSPAuth(), GstRtspServer.RTSPToken()
token.set_string('media.factory.role', 'user')
auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
auth.add_digest(user, password, token)
server.set_auth(auth)
server.attach(None)
print('PORT', server.get_bound_port(), flush=True)
GLib.MainLoop().run()
