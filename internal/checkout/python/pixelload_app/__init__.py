"""What pixelload puts around somebody's PixelTales: settings, a look at it, its server."""
