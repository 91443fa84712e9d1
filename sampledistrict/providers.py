"""The departments, towns and others who hand in files. Their codes are fictitious; a test holds the list
against the platform's own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provider:
    id: str
    code: str
    name: str
    short: str  # as it stands in document numbers
    domain: str  # which penalties and permits it decides
    weight: int = 0  # how often it decides permits and penalties, against the others
    registers: str = ""  # the kind of registering office that it is


PROVIDERS = (
    Provider("SCJG", "11500152YY0000239R", "重庆市潼南区市场监督管理局", "市监", "市场监管", 6, "市监"),
    Provider("BB", "11500152YY0000343X", "重庆市潼南区机构编制委员会办公室", "编", "综合", 0, "编办"),
    Provider("MZJ", "11500152YY0000060M", "重庆市潼南区民政局", "民", "综合", 1, "民政"),
    Provider("SFJ", "11500152YY0000079J", "重庆市潼南区司法局", "司", "综合", 1, "司法"),
    Provider("NYNCW", "11500152YY00001671", "重庆市潼南区农业农村委员会", "农", "综合", 1, "农业"),
    Provider("YJJ", "11500152YY00002122", "重庆市潼南区应急管理局", "应急", "安全生产", 3),
    Provider("STHJJ", "11500152YY0000116Q", "重庆市潼南区生态环境局", "环", "生态环境", 2),
    Provider("ZJW", "11500152YY0000124K", "重庆市潼南区住房和城乡建设委员会", "建", "住房城乡建设", 2),
    Provider("CGJ", "11500152YY0000132E", "重庆市潼南区城市管理局", "城管", "城市管理", 3),
    Provider("JTW", "11500152YY00001409", "重庆市潼南区交通运输委员会", "交", "交通运输", 4),
    Provider("WJW", "11500152YY0000191H", "重庆市潼南区卫生健康委员会", "卫", "卫生健康", 2),
    Provider("XFJY", "11500152YY000036XG", "重庆市潼南区消防救援支队", "消", "消防", 2),
    Provider("GAJ", "11500152YY0000052T", "重庆市潼南区公安局", "公", "综合", 1),
    Provider("FGW", "11500152YY000001XA", "重庆市潼南区发展和改革委员会", "发改", "综合"),
    Provider("JW", "11500152YY0000028A", "重庆市潼南区教育委员会", "教", "综合"),
    Provider("CZJ", "11500152YY0000087D", "重庆市潼南区财政局", "财", "综合"),
    Provider("RSJ", "11500152YY00000958", "重庆市潼南区人力资源和社会保障局", "人社", "综合", 1),
    Provider("SWW", "11500152YY0000175U", "重庆市潼南区商务委员会", "商", "综合", 1),
    Provider("WLW", "11500152YY0000183N", "重庆市潼南区文化和旅游发展委员会", "文旅", "综合", 1),
    Provider("GGZY", "11500152YY00003353", "重庆市潼南区公共资源交易中心", "交易", "综合"),
    Provider("ZWB", "11500152YY00003278", "重庆市潼南区政务服务管理办公室", "政务", "综合"),
    Provider("WMB", "11500152YY0000351Q", "重庆市潼南区精神文明建设办公室", "文明", "综合"),
    Provider("ZSJ", "11500152YY0000298W", "重庆市潼南区招商投资促进局", "招商", "综合"),
    Provider("KJJ", "11500152YY00000365", "重庆市潼南区科学技术局", "科", "综合"),
    Provider("SWJ", "11500152YY00003946", "国家税务总局重庆市潼南区税务局", "税", "综合"),
    Provider("FY", "11500152YY0000407U", "重庆市潼南区人民法院", "法", "综合"),
    Provider("GS", "11500152YY0000431C", "潼南示例供水有限公司", "水", "综合"),
    Provider("GD", "11500152YY000044X4", "潼南示例供电有限公司", "电", "综合"),
    Provider("GQ", "11500152YY00004584", "潼南示例燃气有限公司", "气", "综合"),
    Provider("TX", "11500152YY0000466Y", "潼南示例通信有限公司", "信", "综合"),
    Provider("TOWN_500152001", "11500152YY0000474R", "重庆市潼南区梓潼街道办事处", "梓潼", "城市管理", 1),
    Provider("TOWN_500152100", "11500152YY00005035", "重庆市潼南区上和镇人民政府", "上和", "城市管理", 1),
    Provider("TOWN_500152107", "11500152YY00005703", "重庆市潼南区双江镇人民政府", "双江", "城市管理", 1),
    Provider("TOWN_500152109", "11500152YY0000597T", "重庆市潼南区柏梓镇人民政府", "柏梓", "城市管理", 1),
    Provider("TOWN_500152111", "11500152YY0000618B", "重庆市潼南区塘坝镇人民政府", "塘坝", "城市管理", 1),
)  # fmt: skip
BY_ID = {provider.id: provider for provider in PROVIDERS}
DECIDERS = tuple(provider for provider in PROVIDERS if provider.weight)


def provider(*ids: str) -> tuple[Provider, ...]:
    return tuple(BY_ID[one] for one in ids)
