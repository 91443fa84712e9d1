"""Words that the fiction is made of."""

from __future__ import annotations

STEMS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
COMPANY_TRADES = (
    "商贸", "建筑工程", "柠檬食品", "农业开发", "科技", "物流", "餐饮管理", "电子", "机械制造", "医药",
    "环保工程", "装饰", "文化传媒", "旅游开发", "房地产开发", "汽车销售", "人力资源", "劳务", "化工", "能源",
    "家政服务", "养老服务", "教育咨询", "印务", "粮油", "服饰", "纸业", "水产", "建材", "园林绿化",
)  # fmt: skip
SHOP_TRADES = (
    "餐饮店", "超市", "副食店", "理发店", "五金店", "服装店", "药房", "水果店", "汽修厂", "茶楼",
    "小面馆", "建材门市", "手机店", "文具店", "宾馆", "干洗店", "蔬菜摊", "鲜肉铺", "烟酒店", "打印部",
)  # fmt: skip
FARM_TRADES = ("柠檬种植", "生猪养殖", "油菜种植", "水稻种植", "蚕桑", "花椒种植", "渔业", "农机服务")
TOWNS = (
    "桂林街道", "梓潼街道", "大佛街道", "上和镇", "龙形镇", "古溪镇", "宝龙镇", "玉溪镇", "米心镇", "群力镇",
    "双江镇", "花岩镇", "柏梓镇", "崇龛镇", "塘坝镇", "新胜镇", "太安镇", "小渡镇", "卧佛镇", "五桂镇",
    "田家镇", "别口镇", "寿桥镇",
)  # fmt: skip
COMPANY_FORMS = (
    ("有限公司", "1130"), ("有限责任公司", "1100"), ("有限公司", "1151"), ("股份有限公司", "1220"),
    ("有限公司", "1153"),
)  # fmt: skip


def core(serial: int, length: int = 3) -> str:
    """A distinct word of heavenly stems and earthly branches for every serial below 22**length."""
    letters = ""
    for _ in range(length):
        serial, digit = divmod(serial, len(STEMS))
        letters = STEMS[digit] + letters
    return letters


def person(serial: int) -> str:
    """A person's name that nobody bears."""
    serial, surname = divmod(serial, len(SURNAMES))
    return f"示例{SURNAMES[surname]}{core(serial % 484, 2)}"
