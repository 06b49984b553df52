"""The channel layer of a variant: in this process, or in Redis."""


def channel_layers(environ):
    """Return CHANNEL_LAYERS for PIXELTALES_CHANNEL_LAYER, with the layer's own limits.

    The in-process layer drops a message silently when a socket's queue holds 100. The one in Redis
    waits 5 s at a time for a message, and redis-py 8 gives an answer up after 5 s unless it is told
    not to: the socket would then end with the first quiet 5 s.
    """
    kind = environ.get("PIXELTALES_CHANNEL_LAYER", "memory")
    if kind == "memory":
        return {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    if kind == "redis":
        return {
            "default": {
                "BACKEND": "channels_redis.core.RedisChannelLayer",
                "CONFIG": {"hosts": [{"address": environ["REDIS_URL"], "socket_timeout": None}]},
            }
        }
    raise ValueError(f"PIXELTALES_CHANNEL_LAYER is {kind!r}: use memory or redis")
