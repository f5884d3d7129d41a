"""The notice with which an enterprise picks up its blank certificates at customs (空白证书领取通知)."""
