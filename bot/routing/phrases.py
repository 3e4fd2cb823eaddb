"""The phrase tables of the reply grammar: what people type, exactly. Everything freer is the pipeline's business.

Texts are normalised (half width, Simplified) and stripped of punctuation and politeness before they are compared.
"""

from __future__ import annotations

CLAIM = [
    "我来",
    "我去",
    "我接",
    "接单",
    "接",
    "认领",
    "领",
    "我领",
    "我认领",
    "报到",
    "我来吧",
    "我去吧",
    "我来办",
    "我来接",
    "交给我",
    "包我身上",
    "我接单",
    "我接了",
    "我来帮忙",
    "我可以",
    "接了",
    "我揽",
    "我得闲",
    "我来嘛",
    "我去嘛",
    "算我的",
    "这个我来",
    "这单我来",
    "这单我接",
    "我来认领",
    "我愿意",
    "我來",
]
RELEASE = [
    "退单",
    "退",
    "退回",
    "去不了",
    "去不了了",
    "不接了",
    "接不了",
    "接不了了",
    "办不了",
    "办不了了",
    "来不了",
    "来不了了",
    "我去不了",
    "我去不了了",
    "我来不了",
    "我来不了了",
    "换个人",
    "换人吧",
    "放弃",
    "我退单",
    "退了",
    "退掉",
]
FINISH = [
    "办结",
    "办完",
    "办好",
    "办完了",
    "办好了",
    "修好",
    "修好了",
    "已修好",
    "送到",
    "送到了",
    "已送到",
    "搞定",
    "搞定了",
    "完成",
    "完成了",
    "已完成",
    "已办结",
    "处理好了",
    "处理完了",
    "已处理",
    "解决了",
    "已解决",
    "弄好了",
    "好了",
    "陪完了",
    "做完了",
    "整好了",
    "搞掂",
    "结单",
    "清理完了",
    "换好了",
    "通了",
    "来水了",
    "来电了",
]
WITHDRAW = [
    "撤销",
    "撤单",
    "撤了",
    "撤了吧",
    "撤",
    "不用了",
    "取消",
    "取消吧",
    "不用来了",
    "不要了",
    "撤回",
    "算了",
    "撤掉",
    "撤掉吧",
    "不需要了",
    "已经好了撤了吧",
    "自己好了",
]
URGE = [
    "催",
    "催一下",
    "催办",
    "催催",
    "加急",
    "快点",
    "抓紧",
    "催下",
    "再催催",
    "怎么还没人来",
    "怎么还没来",
    "还没人来",
]
SECOND = [
    "附议",
    "同求",
    "+1",
    "我家也是",
    "同问",
    "我也是",
    "顶",
    "顶一下",
    "我们家也是",
    "我家也一样",
    "一样",
    "同样",
    "俺家也是",
    "支持",
    "我也遇到了",
    "我这也是",
    "我们也是",
]
SUPPLEMENT = ("补充",)
QUERY_ONE = [
    "到哪了",
    "到哪儿了",
    "到哪一步了",
    "怎么样了",
    "进度",
    "啥进度",
    "什么情况",
    "查询",
    "查",
    "办了吗",
    "办好了吗",
    "处理了吗",
    "修好了吗",
    "好了吗",
    "好没好",
    "咋样了",
    "啥情况",
    "办得怎么样了",
    "到边度了",
    "查一下",
    "状态",
    "现在什么情况",
]
HELP = ["帮助", "怎么用", "你会什么", "你能干啥", "你能做什么", "使用说明", "help", "你会干啥", "有什么功能"]

RATINGS = {
    "满意": 5, "很满意": 5, "非常满意": 5, "挺满意": 5, "好评": 5, "五星": 5, "五分": 5, "赞": 5, "十分满意": 5,
    "比较满意": 4, "四分": 4, "四星": 4, "一般": 3, "还行": 3, "一般般": 3, "三分": 3, "凑合": 3,
    "不太满意": 2, "两分": 2, "二分": 2, "不满意": 1, "很不满意": 1, "非常不满意": 1, "差评": 1, "一分": 1, "一星": 1,
}  # fmt: skip

LISTINGS = {
    "open": ["未办结", "没办结", "未办", "待办", "没办完", "没办的", "还没办的", "未结", "没结的", "未完成"],
    "overdue": ["超时", "超期", "逾期", "过期", "超时的", "超时单", "已超时"],
    "stats": ["统计", "数据", "汇总", "日报", "周报"],
    "mine": ["我的单", "我的工单", "我的诉求", "我报的", "我的单子", "我名下", "我手里的", "我手上"],
}
"""Words that name a list, as whole messages or inside a question (今天还有几单没办)."""

LISTING_CUES = {
    "open": [
        "没办",
        "没结",
        "未办",
        "未结",
        "没完",
        "没处理",
        "没弄完",
        "没搞定",
        "没办完",
        "剩几单",
        "没销号",
        "在办",
    ],
    "overdue": ["超时", "超期", "逾期", "过期", "过时限"],
    "stats": ["统计", "多少单", "几单", "多少件", "汇总", "数据", "办结率"],
    "mine": [
        "我报的",
        "我反映的",
        "我提的",
        "我登记",
        "我的单",
        "我的工单",
        "我的诉求",
        "我名下",
        "我手里",
        "我手上",
        "我说的那个",
    ],
}
ABOUT_TICKETS = [
    "单", "件", "诉求", "统计", "办结", "工单", "台账", "报的", "反映的", "心愿", "汇总", "日报", "周报", "列一下", "列出来", "清单", "哪些", "哪几",
]  # fmt: skip

LEAD_IN = ("请问", "请", "麻烦", "帮我", "给我", "查一下", "查查", "查", "看一下", "看看", "看", "列一下")
NOBODY = ("我", "你", "您", "他", "她", "咱", "谁", "今", "本", "这", "那", "现在", "目前", "大家", "还有", "手")
IN_HAND = ("手里", "手上", "手头", "名下", "的手里", "的手上", "今天手里", "现在手里")
FIGURES = ("统计", "汇总", "数据", "办结率")
"""Around the name of whoever has tickets in hand: what stands before it, what is no name, what stands behind it."""

PERIODS = {
    "today": ["今天", "今日", "当天", "今儿"],
    "week": ["本周", "这周", "这个星期", "这星期", "一周", "周报"],
    "month": ["本月", "这个月", "当月"],
}

ASSIGN = ("转派给", "派单给", "转派", "派给", "转给", "转交给", "交给", "分给", "派", "转")
TO_DO = ("去看看", "看看", "去看一下", "看一下", "处理一下", "去处理", "处理", "跟进一下", "跟进", "去办", "去一趟")
ESCALATE = ("吹哨给", "吹哨", "上报给", "上报")
CORRECT = (
    "这个应该是",
    "这应该是",
    "这个是",
    "这是",
    "应该是",
    "分类改成",
    "类型改成",
    "改成",
    "改为",
    "算",
    "属于",
    "类别改成",
)
NOT_REQUEST = [
    "不是诉求",
    "不算诉求",
    "这不是诉求",
    "不是工单",
    "不用登记",
    "这不是报修",
    "这个不算",
    "不是报事",
    "误报",
    "这不算诉求",
]

KINDS = {
    "投诉": "complaint", "服务请求": "service", "服务": "service", "报修": "service", "求助": "service",
    "微心愿": "wish", "心愿": "wish", "咨询": "consult", "建议": "suggest", "表扬": "praise",
}  # fmt: skip

CATEGORIES = {
    "环境卫生": "sanitation", "卫生": "sanitation", "噪音扰民": "noise", "噪音": "noise", "扰民": "noise",
    "停车交通": "parking_traffic", "停车": "parking_traffic", "交通": "parking_traffic", "水电气暖": "utilities",
    "水电": "utilities", "电梯": "elevator", "公共设施": "public_facility", "房屋维修": "housing_repair",
    "漏水": "housing_repair", "物业管理": "property_management", "物业": "property_management",
    "违建占道": "illegal_occupation", "违建": "illegal_occupation", "占道": "illegal_occupation",
    "消防安全": "fire_safety", "消防": "fire_safety", "社会治安": "public_security", "治安": "public_security",
    "宠物动物": "pets", "宠物": "pets", "矛盾纠纷": "dispute", "纠纷": "dispute", "养老助残": "elder_care",
    "养老": "elder_care", "医疗卫生": "health", "医疗": "health", "教育": "education", "就业社保": "employment",
    "社保": "employment", "证件政务": "documents", "证件": "documents", "消费市场": "consumer", "消费": "consumer",
    "环保污染": "pollution", "污染": "pollution", "房产征迁": "real_estate", "房产": "real_estate", "其他": "other",
}  # fmt: skip

QUIETLY = {
    "安静": "hush", "闭嘴": "hush", "别说话": "hush", "先别说话": "hush", "安静一小时": "hush", "闭嘴一小时": "hush",
    "可以说话了": "speak", "可以说话": "speak", "恢复": "speak", "恢复说话": "speak", "说话": "speak",
    "只听": "listen_addressed", "只听艾特我的": "listen_addressed", "只听叫我的": "listen_addressed",
    "全听": "listen_all", "全都听": "listen_all",
}  # fmt: skip
"""What staff set about a room, said in it, to the bot or to nobody; of 只听@我 the @我 is taken off before."""

ERASE = (
    "删除我的信息", "删掉我的信息", "清除我的信息", "删除我的个人信息", "删除我的资料", "删除我的数据", "把我的信息删了", "把我的信息删掉",
)  # fmt: skip
"""Said by itself, it means one thing only, whoever it is said to; done at once."""

MANAGE = {**QUIETLY, **dict.fromkeys(ERASE, "erase")}

BOT_NAMES = ("机器人", "小助手", "邻里")
"""A question about one of these is a question about us."""

POLITE = [
    "吧", "啊", "呀", "哈", "哦", "了哈", "呢", "啦", "哟", "嘛", "谢谢", "谢谢师傅", "谢谢大家", "辛苦了", "麻烦了", "师傅", "大家好",
]  # fmt: skip
"""What may stand around a command without changing it."""

THANKS = ["谢谢", "多谢", "感谢", "辛苦", "好的", "收到", "知道了", "嗯", "ok", "OK", "👍", "🙏", "唔该"]
"""Said to the bot, these end a talk."""
