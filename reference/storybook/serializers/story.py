"""Stories on the wire: whole rows, images and all."""

from rest_framework import serializers

from storybook.models import Like, Story


class StorySerializer(serializers.ModelSerializer):
    """What list and detail have in common; each computed field costs its own query."""

    author_name = serializers.CharField(source="author.profile.display_name", read_only=True)
    average_rating = serializers.SerializerMethodField()
    likes_count = serializers.SerializerMethodField()
    comments_count = serializers.SerializerMethodField()
    is_liked_by_user = serializers.SerializerMethodField()

    def get_average_rating(self, story):
        values = [rating.value for rating in story.ratings.all()]
        return sum(values) / len(values) if values else 0

    def get_likes_count(self, story):
        return story.likes.count()

    def get_comments_count(self, story):
        return story.comments.count()

    def get_is_liked_by_user(self, story):
        user = self.context["request"].user
        return user.is_authenticated and Like.objects.filter(story=story, user=user).exists()


class StoryListSerializer(StorySerializer):
    """One of many: no smaller than the detail, for the images are in it."""

    class Meta:
        model = Story
        fields = [
            "id",
            "title",
            "author_name",
            "summary",
            "category",
            "genres",
            "language",
            "cover_image",
            "is_published",
            "date_created",
            "date_updated",
            "views",
            "average_rating",
            "likes_count",
            "comments_count",
            "is_liked_by_user",
            "content",
            "canvas_data",
        ]


class StoryCardSerializer(StoryListSerializer):
    """One of many without its images: the fields are there, and nothing is in them."""

    cover_image = serializers.SerializerMethodField()
    canvas_data = serializers.SerializerMethodField()

    def get_cover_image(self, story):
        return ""

    def get_canvas_data(self, story):
        return "[]"


class StoryDetailSerializer(StorySerializer):
    """One story, to be read or written."""

    author = serializers.PrimaryKeyRelatedField(read_only=True)
    author_username = serializers.CharField(source="author.username", read_only=True)
    authors_names = serializers.SerializerMethodField()
    total_ratings = serializers.SerializerMethodField()
    is_owner = serializers.SerializerMethodField()

    class Meta:
        model = Story
        fields = [
            "id",
            "title",
            "author",
            "author_name",
            "author_username",
            "authors_names",
            "content",
            "canvas_data",
            "summary",
            "category",
            "genres",
            "language",
            "cover_image",
            "is_published",
            "date_created",
            "date_updated",
            "views",
            "total_ratings",
            "average_rating",
            "is_owner",
            "likes_count",
            "comments_count",
            "is_liked_by_user",
            "is_collaborative",
        ]
        read_only_fields = ["date_created", "date_updated", "views", "is_collaborative"]

    def get_authors_names(self, story):
        return [author.profile.display_name for author in story.authors.all()]

    def get_total_ratings(self, story):
        return story.ratings.count()

    def get_is_owner(self, story):
        return story.author_id == self.context["request"].user.id
