"""The 128 achievements: eight steps in each of sixteen statistics."""

from storybook.models import Achievement

STEPS = [1, 3, 5, 10, 25, 50, 100, 250]
RARITIES = ["common", "common", "uncommon", "uncommon", "rare", "rare", "epic", "legendary"]
TRACKS = [
    ("collab", "collaborations_completed", "🤝", "blue", "Stories finished together"),
    ("collab", "collaboration_count", "👥", "blue", "Sessions joined"),
    ("creation", "total_stories", "📖", "green", "Stories made"),
    ("creation", "published_stories", "📰", "green", "Stories published"),
    ("creation", "manual_stories", "✏️", "green", "Stories drawn by hand"),
    ("creation", "ai_stories", "🤖", "green", "Stories made with help"),
    ("creation", "total_words", "📝", "green", "Words written"),
    ("creation", "characters_created", "🧝", "green", "Characters made"),
    ("games", "games_completed", "🎮", "purple", "Games finished"),
    ("growth", "level", "⭐", "gold", "Level reached"),
    ("growth", "avatars_unlocked", "🦊", "gold", "Avatars unlocked"),
    ("growth", "borders_unlocked", "🖼️", "gold", "Borders unlocked"),
    ("reading", "stories_read", "👓", "teal", "Stories read"),
    ("social", "friends", "💛", "pink", "Friends found"),
    ("social", "likes_received", "❤️", "pink", "Likes received"),
    ("social", "views_received", "👀", "pink", "Views received"),
]


def achievements():
    """Return the unsaved rows."""
    return [
        Achievement(
            name=f"{title}: {target}",
            description=f"{title}: reach {target}",
            category=category,
            metric_type=metric,
            icon=icon,
            color=color,
            target_value=target,
            rarity=rarity,
            sort_order=track * len(STEPS) + step,
        )
        for track, (category, metric, icon, color, title) in enumerate(TRACKS)
        for step, (target, rarity) in enumerate(zip(STEPS, RARITIES, strict=True), start=1)
    ]
