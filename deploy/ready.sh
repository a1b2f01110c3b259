#!/usr/bin/env bash
# Ready or not, for the container's health check. It runs every few seconds, so it opens a connection and starts no program.
exec 3<>/dev/tcp/127.0.0.1/8787 || exit 1
printf 'GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3
read -r -t 3 _ status _ <&3
[[ $status == 200 ]]
