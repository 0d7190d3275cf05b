"""Signing in through WeChat: the person is the unionid, the same at all the insurer's WeChat applications."""
