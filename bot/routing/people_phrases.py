"""The phrase tables of what is said about rooms and people: bound rooms, linked accounts, homes, volunteers, others."""

from __future__ import annotations

BIND = ("绑定", "bind")
UNBIND = ("解绑", "解除绑定", "取消绑定", "unbind")
TAKE_OVER = ("接管",)
PURPOSES = {
    "居民群": "residents", "业主群": "residents", "邻里群": "residents",
    "志愿者群": "volunteers", "志愿群": "volunteers", "志愿者": "volunteers", "工作群": "staff", "工作人员群": "staff",
}  # fmt: skip

LINK = ("关联账号", "关联帐号", "绑定账号", "绑定帐号", "关联", "link")
UNLINK = ("取消关联", "解除关联", "取消关联账号", "取消绑定账号", "unlink")

HOME = ("我住在", "我家住在", "我家住", "我家在", "我住", "住址是", "我的住址是", "我的地址是")
HOME_ENDS = ("的", "哦", "呢", "啊", "这边", "这里")
FORGET_HOME = (
    "忘记我住哪",
    "忘记我住哪里",
    "忘记我住哪儿",
    "忘了我住哪",
    "忘记我的住址",
    "删除我的住址",
    "删除我的地址",
    "忘记我的地址",
)

JOIN = ("报到", "我要报到", "我来报到", "志愿者报到", "报名志愿者", "我要当志愿者", "报到做志愿者")
ALLOW = ("同意", "通过")
REFUSE = ("不同意", "不通过", "拒绝")

TELL = ("代报", "代為報", "代報")
SOMEBODY = "一位居民"
"""Who told staff without a name that could be heard."""

CALLED = (
    "打电话来说", "打来电话说", "打电话说的", "打电话说", "来电话说", "打电话来", "打来电话", "来电反映", "来电话",
    "来电说", "打电话", "上门说", "上门反映", "当面说", "跟我说",
)  # fmt: skip
"""How it was told, which is no part of the matter: to the pipeline an old lady and a telephone are an emergency."""

RATE_FOR = ("代评", "代為評", "代评价")

PLACE = ("这个地点", "这单地点", "地点", "地址", "位置")
PLACE_IS = ("应该是", "应该在", "改成", "改为", "改到", "换成", "是在", "是")
NO_PLACE = ("哪", "什么", "啥", "吗", "多少")
"""A question about the place, not a place."""

URGENCY_IS = ("这个是", "这个应该是", "应该是", "这是", "改成", "改为", "算", "紧急程度改成", "紧急程度是")
URGENCIES = {
    "特急": "emergency", "紧急": "urgent", "加急": "urgent", "急": "urgent", "不急": "normal", "不紧急": "normal",
    "一般": "normal", "普通": "normal", "不着急": "normal",
}  # fmt: skip
URGENCIES_ALONE = ("特急", "不急", "不紧急", "不着急")
"""With a number before them and nothing else: without one, 不急 is said to a neighbour."""
