"""Login, refresh and logout."""

from django.contrib.auth import get_user_model
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework_simplejwt.exceptions import AuthenticationFailed
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.views import TokenViewBase

from storybook.serializers import people


class LoginSerializer(serializers.Serializer):
    """An e-mail address and a password; several accounts may share the address."""

    email = serializers.CharField()
    password = serializers.CharField()

    def validate(self, attrs):
        user = user_with(attrs["email"], attrs["password"])
        if user is None:
            raise AuthenticationFailed("Invalid email or password", "authentication_failed")
        refresh = RefreshToken.for_user(user)
        return {
            "access": str(refresh.access_token),
            "refresh": str(refresh),
            "user": {**people.account(user), **people.level_of(user.profile)},
        }


def user_with(email, password):
    """Return the active user whom the password fits. Unknown addresses cost no hashing."""
    for user in get_user_model().objects.filter(email=email):
        if user.check_password(password) and user.is_active:
            return user
    return None


class LoginView(TokenViewBase):
    """Tokens and the user for an e-mail address; never looks at the Authorization header."""

    serializer_class = LoginSerializer


@api_view(["POST"])
def logout(request):
    """Fail, always: there is no blacklist, so no token can be taken back."""
    return Response({"error": "Invalid token"}, status=400)
