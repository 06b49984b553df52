"""The channel layer of a variant: in this process, or in Redis."""


def channel_layers(environ):
    """Return CHANNEL_LAYERS for PIXELTALES_CHANNEL_LAYER, with the layer's own limits.

    The in-process layer drops a message silently when a socket's queue holds 100.
    """
    kind = environ.get("PIXELTALES_CHANNEL_LAYER", "memory")
    if kind == "memory":
        return {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    if kind == "redis":
        return {
            "default": {
                "BACKEND": "channels_redis.core.RedisChannelLayer",
                "CONFIG": {"hosts": [environ["REDIS_URL"]]},
            }
        }
    raise ValueError(f"PIXELTALES_CHANNEL_LAYER is {kind!r}: use memory or redis")
