"""Avatars and borders that a level unlocks."""

AVATAR_LEVELS = {
    1: "📚 ✨ 🎨 🌟",
    3: "🦄 🐉 🦊 🐼",
    5: "🦁 🐸 🐙 🦉",
    8: "🚀 🛸 🌈 🌙",
    12: "🏰 🧙 🧚 🧜",
    16: "🎭 🎪 🎻 🥁",
    20: "🐳 🦋 🦚 🦜",
    25: "🍉 🍭 🍩 🍕",
    30: "⚽ 🏀 🎯 🛹",
    40: "🌵 🌻 🍄 🌲",
    50: "👑 💎 🏆 🔮",
}
BORDER_LEVELS = {
    1: ("basic", "Basic", "solid", "#9CA3AF"),
    3: ("bronze", "Bronze", "solid", "#B08D57"),
    5: ("silver", "Silver", "solid", "#C0C0C0"),
    8: ("gold", "Gold", "solid", "#D4AF37"),
    12: ("emerald", "Emerald", "double", "#2E8B57"),
    16: ("sapphire", "Sapphire", "double", "#0F52BA"),
    20: ("ruby", "Ruby", "double", "#9B111E"),
    25: ("amethyst", "Amethyst", "double", "#9966CC"),
    30: ("sunset", "Sunset", "glow", "#FF7E5F"),
    35: ("ocean", "Ocean", "glow", "#0077BE"),
    40: ("aurora", "Aurora", "glow", "#5EEAD4"),
    50: ("cosmic", "Cosmic", "glow", "#6D28D9"),
}

AVATARS = [(emoji, level) for level, row in AVATAR_LEVELS.items() for emoji in row.split()]
BORDERS = [
    (dict(zip(("id", "name", "style", "color"), border, strict=True)), level)
    for level, border in BORDER_LEVELS.items()
]


def unlocked(rewards, level):
    """Return the rewards that a level has reached."""
    return [item for item, needed in rewards if needed <= level]


def next_level(rewards, level):
    """Return the next level that unlocks something, or None."""
    return min((needed for _, needed in rewards if needed > level), default=None)


def at(rewards, level):
    """Return what exactly this level unlocks."""
    return [item for item, needed in rewards if needed == level]
