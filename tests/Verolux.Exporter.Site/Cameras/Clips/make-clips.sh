#!/bin/sh
# Makes the clips that the simulated cameras play, with ffmpeg (libx264, libx265, mjpeg). Run by hand; what it makes is committed.
# H.264 and H.265: Annex B, 25 frames a second, a key frame every second with its parameter sets, an access unit delimiter before every picture, no SEI.
# The parameter sets of H.264 say 25 frames a second (libx264 can't leave that out), those of H.265 say nothing: a camera that plays a clip faster or slower says so in its SDP.
# MJPEG: the pictures one after the other, each with the standard Huffman tables, its size a multiple of 16, as RFC 2435 wants them.
set -eu
cd "$(dirname "$0")"

# The scenes. Sensor noise differs from frame to frame; without it a still scene is the same picture for ever.
moving='testsrc2=size=320x180:rate=25'
still='smptebars=size=320x180:rate=25,eq=saturation=0.6'
black='color=black:size=320x180:rate=25'
noisy="$still,noise=alls=14:allf=t"
dark="$moving,eq=brightness=-0.42:contrast=0.35:saturation=0.4,noise=alls=3:allf=t"

h264() { # NAME SCENE FRAMES QUALITY [X264-PARAMETERS]
    ffmpeg -v error -y -f lavfi -i "$2" -frames:v "$3" -pix_fmt yuv420p -c:v libx264 -preset veryslow -profile:v main -crf "$4" \
        -x264-params "keyint=25:min-keyint=25:scenecut=0:bframes=0:threads=1:${5:-}" -bsf:v filter_units=remove_types=6,h264_metadata=aud=insert -f h264 "$1.h264"
}

h265() { # NAME SCENE FRAMES QUALITY [X265-PARAMETERS]
    ffmpeg -v error -y -f lavfi -i "$2" -frames:v "$3" -pix_fmt yuv420p -c:v libx265 -preset slow -crf "$4" \
        -x265-params "keyint=25:min-keyint=25:scenecut=0:bframes=0:open-gop=0:repeat-headers=1:aud=1:info=0:vui-timing-info=0:log-level=error:${5:-}" -bsf:v 'filter_units=remove_types=39-40' -f hevc "$1.h265"
}

mjpeg() { # NAME SCENE FRAMES QUALITY; every fifth picture of the scene
    ffmpeg -v error -y -f lavfi -i "$2,framestep=5,crop=320:176" -vsync passthrough -frames:v "$3" -pix_fmt yuvj420p -c:v mjpeg -huffman default -q:v "$4" -f mjpeg "$1.mjpeg"
}

h264 moving "$moving" 125 34
h264 frozen "$still" 25 30 'mbtree=0:ipratio=16'
h264 black "$black" 25 30
h264 noisy_still "$noisy" 75 29
h264 dark "$dark" 75 30
# Every third picture refers to nothing later; the two between come after it in the stream and before it on the screen.
h264 reordered "$moving" 75 34 'bframes=2:b-adapt=0:b-pyramid=none:open-gop=0'

h265 moving "$moving" 125 36
h265 frozen "$still" 25 30 'cutree=0:ipratio=16'
h265 black "$black" 25 30
h265 noisy_still "$noisy" 50 28
h265 dark "$dark" 50 30

mjpeg moving "$moving" 10 12
mjpeg frozen "$still" 1 12
mjpeg black "$black" 1 12
mjpeg noisy_still "$noisy" 5 12
mjpeg dark "$dark" 5 8
