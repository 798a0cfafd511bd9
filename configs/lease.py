#!/usr/bin/env python3
"""Keeps an instance registered: GATEWAY=http://127.0.0.1:8080 API_KEY=holon_… lease.py SERVICE ID HOST:PORT"""
import json, os, signal, sys, time, urllib.request

url = "{}/registry/services/{}/instances/{}".format(os.environ["GATEWAY"], *sys.argv[1:3])
headers = {"Authorization": "Bearer " + os.environ["API_KEY"], "Content-Type": "application/json"}
body = json.dumps({"address": sys.argv[3], "ttl_seconds": int(os.environ.get("TTL", 30))}).encode()

def ask(method, body=None):
    return urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method), timeout=5).read()

signal.signal(signal.SIGTERM, lambda *_: sys.exit())
try:
    while True:
        try:
            beat = json.loads(ask("PUT", body))["heartbeat_seconds"]
        except OSError as e:  # nobody answers, or not well
            print(e, file=sys.stderr)
            beat = 2
        time.sleep(beat)
finally:
    ask("DELETE")
