"""What the smaller items say: who sends them, about whom, how many, and the words of a row.

`{n}`, `{m}`: numbers; `{day}` the decision's date, `{soon}` and `{later}` after it, `{before}` before it;
`{year}`, `{last}` (the year before), `{month}` (2024-03), `{compact}` (20240305); `{serial}`: a running
number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Population = Literal["everyone", "coded", "persons"]
Words = dict[str, str]


@dataclass(frozen=True, slots=True)
class Spec:
    item: str
    share: float  # rows for each subject of the district
    providers: tuple[str, ...]
    number: str  # pattern of the document number
    variants: tuple[Words, ...]
    population: Population = "coded"
    per_file: int = 120
    authority: tuple[str, ...] = ()  # who decides, where it is not the sender


_DECREE = "潼{short}{word}〔{year}〕{serial}号"


def _decree(word: str) -> str:
    return _DECREE.replace("{word}", word)


SPECS = (
    Spec("XZQR", 0.05, ("RSJ", "SFJ", "NYNCW", "SCJG"), _decree("确"), (
        {"QR_SXMC": "工伤认定", "QR_WSMC": "认定工伤决定书", "QR_LB": "认定",
         "QR_YJ": "《工伤保险条例》第十四条",
         "QR_NR": "认定所报事故伤害为工伤，涉及{n}人", "QR_SXRQ": "{day}"},
        {"QR_SXMC": "农产品产地确认", "QR_WSMC": "产地确认书", "QR_YJ": "《中华人民共和国农产品质量安全法》",
         "QR_NR": "确认种植基地{m}亩", "QR_SXRQ": "{day}", "QR_JZRQ": "{later}"},
    ), "everyone"),
    Spec("XZJL", 0.015, ("SCJG", "YJJ", "NYNCW", "WLW"), _decree("奖"), (
        {"JL_SXMC": "质量奖励", "JL_WSMC": "表彰决定", "JL_MC": "区长质量奖（示例）", "JL_DJ": "提名",
         "JL_YJ": "《中华人民共和国产品质量法》第六条", "JL_NR": "给予表彰奖励", "JL_SXRQ": "{day}"},
        {"JL_SXMC": "举报奖励", "JL_WSMC": "奖励决定书", "JL_MC": "安全生产举报奖（示例）", "JL_DJ": "一等",
         "JL_YJ": "《中华人民共和国安全生产法》第七十六条", "JL_NR": "奖励人民币{m}元", "JL_SXRQ": "{day}"},
    ), "everyone"),
    Spec("XZJC", 0.2, ("SCJG", "YJJ", "STHJJ", "JTW", "WJW", "XFJY", "TOWN_500152107"), _decree("检"), (
        {"JC_SXMC": "双随机抽查", "JC_WSMC": "检查结果告知书", "JC_LX": "双随机", "JC_SX": "登记事项检查",
         "JC_JCJG": "未发现问题", "JC_HG": "是", "JC_YJ": "《优化营商环境条例》第五十四条",
         "JC_NR": "检查{n}项，未发现问题", "JC_SXRQ": "{day}"},
        {"JC_SXMC": "日常监督检查", "JC_WSMC": "监督检查记录", "JC_LX": "日常", "JC_SX": "现场管理检查",
         "JC_JCJG": "合格", "JC_HG": "是", "JC_YJ": "《中华人民共和国食品安全法》第一百一十条",
         "JC_NR": "检查要点{n}项，全部符合", "JC_SXRQ": "{day}"},
        {"JC_SXMC": "专项监督检查", "JC_WSMC": "责令改正通知书", "JC_LX": "专项", "JC_SX": "安全设施检查",
         "JC_JCJG": "不合格", "JC_HG": "否", "JC_ZGQX": "{soon}",
         "JC_YJ": "《中华人民共和国安全生产法》第六十五条", "JC_NR": "发现隐患{n}处，责令限期整改"},
    ), "everyone"),
    Spec("XZQZ", 0.012, ("SCJG", "CGJ", "STHJJ", "JTW"), _decree("强"), (
        {"QZ_SXMC": "查封场所设施", "QZ_WSMC": "实施行政强制措施决定书", "QZ_LB": "查封场所、设施或者财物",
         "QZ_QX": "三十日", "QZ_YJ": "《中华人民共和国行政强制法》第九条", "QZ_NR": "查封设备{n}台",
         "QZ_SXRQ": "{day}", "QZ_JZRQ": "{soon}"},
        {"QZ_SXMC": "扣押财物", "QZ_WSMC": "扣押决定书", "QZ_LB": "扣押财物", "QZ_QX": "三十日",
         "QZ_YJ": "《中华人民共和国行政强制法》第九条", "QZ_NR": "扣押物品{n}件", "QZ_SXRQ": "{day}"},
    ), "everyone", 60),
    Spec("XZCJ", 0.004, ("SCJG", "NYNCW"), _decree("裁"), (
        {"CJ_SXMC": "专利侵权纠纷裁决", "CJ_WSMC": "行政裁决书", "CJ_LB": "侵权纠纷",
         "CJ_DFDSR": "示例对方当事人",
         "CJ_YJ": "《中华人民共和国专利法》第六十五条", "CJ_NR": "责令停止侵权行为", "CJ_SXRQ": "{day}"},
    ), "everyone", 40),
    Spec("XZZS", 0.015, ("SWJ", "STHJJ"), _decree("征"), (
        {"ZS_SXMC": "环境保护税征收", "ZS_WSMC": "税务事项通知书", "ZS_LB": "税", "ZS_JE": "{money}",
         "ZS_YJ": "《中华人民共和国环境保护税法》", "ZS_NR": "征收税款", "ZS_SXRQ": "{day}"},
    ), "everyone", 60),
    Spec("XZJF", 0.012, ("RSJ", "NYNCW", "MZJ"), _decree("给"), (
        {"JF_SXMC": "稳岗返还", "JF_WSMC": "给付决定书", "JF_LB": "补贴", "JF_JE": "{money}",
         "JF_YJ": "《失业保险条例》", "JF_NR": "给付稳岗补贴，涉及{n}人", "JF_SXRQ": "{day}"},
        {"JF_SXMC": "农业补贴", "JF_WSMC": "给付决定书", "JF_LB": "补贴", "JF_JE": "{money}",
         "JF_YJ": "《中华人民共和国农业法》第三十七条", "JF_NR": "给付种粮补贴，种植面积{n}亩"},
    ), "everyone", 60),
    Spec("XYCN", 0.1, ("ZWB", "SCJG", "JTW", "WJW"), "500152{compact}{serial:06d}", (
        {"CN_LX": "审批替代型", "CN_SY": "申请食品经营许可", "CN_NR": "承诺已具备许可条件，材料真实",
         "CN_WNZR": "违诺的，撤销许可并记入信用记录", "CN_YXQ": "{later}", "CN_LXZT": "全部履行",
         "CN_RDRQ": "{day}", "CN_GKLX": "可向社会公开"},
        {"CN_LX": "主动型", "CN_SY": "诚信经营", "CN_NR": "承诺依法诚信经营，不发布虚假信息",
         "CN_WNZR": "违诺的，接受社会监督和依法处理", "CN_LXZT": "全部履行", "CN_GKLX": "可向社会公开"},
        {"CN_LX": "容缺受理型", "CN_SY": "申请道路运输经营许可", "CN_NR": "承诺{n}日内补齐材料",
         "CN_WNZR": "逾期未补的，撤回许可", "CN_YXQ": "{soon}", "CN_LXZT": "全部未履行",
         "CN_WLX": "未按期补交场地证明", "CN_ZJ": "撤回许可，列入重点监管", "CN_RDRQ": "{day}",
         "CN_GKLX": "特定范围内公开"},
    ), "everyone"),
    Spec("HTLY", 0.03, ("CZJ", "GGZY"), "SLHT{year}{serial:05d}", (
        {"HT_HTMC": "办公用品采购合同", "HT_LX": "行政合同", "HT_XMBH": "SLXM{year}{serial:04d}",
         "HT_JFDZ": "重庆市潼南区示例路1号", "HT_YFDZ": "重庆市潼南区示例路{n}号", "HT_BDMC": "办公设备{n}台",
         "HT_GG": "按招标文件", "HT_SL": "{n}台", "HT_JE": "{money}", "HT_LYQX": "{soon}",
         "HT_QZDD": "潼南区",
         "HT_CGFS": "竞争性磋商", "HT_QDRQ": "{day}", "HT_ZT": "履约完成", "HT_QY": "潼南区",
         "HT_HY": "批发和零售业",
         "HT_ZFZK": "是"},
        {"HT_HTMC": "道路养护服务合同", "HT_LX": "行政合同", "HT_BDMC": "道路养护{n}公里",
         "HT_GG": "按技术规范",
         "HT_JE": "{money}", "HT_LYQX": "{later}", "HT_CGFS": "公开招标", "HT_ZT": "履约中", "HT_ZFZK": "否"},
    ), authority=("JTW", "ZJW", "CGJ", "WJW", "JW", "WLW")),
    Spec("SFCP", 0.03, ("FY",), "（{year}）渝示例民初{serial}号", (
        {"SF_LX": "民事判决", "SF_AY": "买卖合同纠纷", "SF_SSDW": "被告", "SF_CPJG": "判令支付货款{m}元",
         "SF_BDJE": "{money}", "SF_SXRQ": "{soon}", "SF_LXQK": "全部已履行"},
        {"SF_LX": "民事调解", "SF_AY": "劳务合同纠纷", "SF_SSDW": "被告", "SF_CPJG": "分{n}期支付劳务费",
         "SF_BDJE": "{money}", "SF_SXRQ": "{day}"},
    ), "everyone"),
    Spec("SXBZX", 0.02, ("FY",), "（{year}）渝示例执{serial}号", (
        {"BZX_SF": "重庆市", "BZX_YJWH": "（{last}）渝示例民初{n}号", "BZX_YJDW": "重庆市潼南区人民法院",
         "BZX_LARQ": "{before}", "BZX_YW": "支付货款{m}元及利息", "BZX_LXQK": "全部未履行",
         "BZX_QX": "有履行能力而拒不履行生效法律文书确定义务", "BZX_WLX": "全部"},
        {"BZX_SF": "重庆市", "BZX_YJWH": "（{last}）渝示例民初{n}号", "BZX_YJDW": "重庆市潼南区人民法院",
         "BZX_LARQ": "{before}", "BZX_YW": "支付工程款{m}元", "BZX_LXQK": "部分未履行",
         "BZX_QX": "违反财产报告制度", "BZX_YLX": "已支付{n}%", "BZX_WLX": "其余款项"},
    ), "everyone"),
    Spec("YZSX", 0.01, ("SCJG", "SWJ", "YJJ", "RSJ"), _decree("列"), (
        {"YZ_MDMC": "市场监督管理严重违法失信名单", "YZ_YJ": "《市场监督管理严重违法失信名单管理办法》",
         "YZ_SY": "因{n}次同类违法行为受到较重行政处罚", "YZ_GLQX": "{later}", "YZ_GSQ": "{day}",
         "YZ_GSZ": "{later}",
         "YZ_CJTS": "依法限制市场准入、从严监管"},
        {"YZ_MDMC": "安全生产严重失信主体", "YZ_YJ": "《中华人民共和国安全生产法》第七十八条",
         "YZ_SY": "发生生产安全责任事故", "YZ_GLQX": "{later}", "YZ_GSQ": "{day}"},
    ), "everyone", 40),
    Spec("JYYC", 0.06, ("SCJG", "MZJ"), _decree("异"), (
        {"YC_LX": "经营异常名录", "YC_LRYY": "未按规定公示年度报告"},
        {"YC_LX": "经营异常名录", "YC_LRYY": "通过登记的住所无法联系"},
    )),
    Spec("NSXY", 0.1, ("SWJ",), "", ({"NS_PJND": "{last}", "NS_JB": "A"},), per_file=250),
    Spec("XYPJ", 0.03, ("FGW", "JTW", "ZJW"), "", (
        {"PJ_PJMC": "公共信用综合评价", "PJ_DJ": "优", "PJ_FZ": "9{n}", "PJ_BB": "2024版",
         "PJ_YXQ": "{later}"},
        {"PJ_PJMC": "行业信用评价", "PJ_DJ": "B", "PJ_FZ": "8{n}", "PJ_BB": "试行", "PJ_YXQ": "{later}"},
    )),
    Spec("SXJL", 0.012, ("WMB", "SCJG"), _decree("守"), (
        {"SL_MDMC": "诚信经营示范户（示例）", "SL_YJ": "《示例评选办法》", "SL_YXQ": "{later}",
         "SL_CS": "优先办理、容缺受理"},
        {"SL_MDMC": "守合同重信用企业（示例）", "SL_YJ": "《示例公示办法》", "SL_YXQ": "{later}"},
    ), per_file=60),
    Spec("ZYSB", 0.012, ("FGW",), "SLSB{year}{serial:06d}", (
        {"ZY_SBLB": "资质证照", "ZY_NR": "质量管理体系认证证书{n}份", "ZY_ZM": "证书扫描件", "ZY_CN": "是",
         "ZY_HYQK": "已核验", "ZY_YXQ": "{later}"},
        {"ZY_SBLB": "社会公益", "ZY_NR": "捐赠物资{n}批", "ZY_CN": "是", "ZY_YXQ": "{later}"},
    ), per_file=60),
    Spec("SDQX", 0.2, ("GS", "GD", "GQ", "TX"), "", (
        {"SD_HH": "SL{serial:08d}", "SD_ZL": "水费", "SD_ZQ": "{month}", "SD_YJ": "{money}",
         "SD_SJ": "{money}",
         "SD_QK": "按期缴清", "SD_JFRQ": "{before}"},
        {"SD_HH": "SL{serial:08d}", "SD_ZL": "电费", "SD_ZQ": "{month}", "SD_YJ": "{money}", "SD_QK": "欠费"},
        {"SD_HH": "SL{serial:08d}", "SD_ZL": "燃气费", "SD_ZQ": "{month}", "SD_YJ": "{money}",
         "SD_SJ": "{money}",
         "SD_QK": "按期缴清", "SD_JFRQ": "{before}"},
    )),
    Spec("XFTS", 0.04, ("SCJG",), "SLTS{year}{serial:06d}", (
        {"TS_LY": "12315平台", "TS_RQ": "{before}", "TS_WTLX": "质量问题", "TS_SPLX": "家用电器",
         "TS_NR": "消费者反映商品使用{n}日后出现故障", "TS_CLJG": "调解成功", "TS_GSZ": "{later}"},
        {"TS_LY": "电话", "TS_RQ": "{before}", "TS_WTLX": "价格问题", "TS_SPLX": "餐饮服务",
         "TS_NR": "消费者反映结算价格与标价不符，差额{n}元", "TS_CLJG": "调解不成"},
    )),
    Spec("ZSCQ", 0.03, ("SCJG",), "SLCQ{year}{serial:06d}", (
        {"CQ_LX": "注册商标", "CQ_QLMC": "示例牌第{n}类商标", "CQ_SQRQ": "{before}", "CQ_YXQ": "{later}",
         "CQ_ZT": "有效"},
        {"CQ_LX": "实用新型专利", "CQ_QLMC": "一种示例装置{n}", "CQ_SQRQ": "{before}", "CQ_YXQ": "{later}",
         "CQ_ZT": "有效", "CQ_ZY": "无"},
    )),
    Spec("ZCZY", 0.025, ("RSJ", "ZJW", "WJW", "SFJ"), "SLZC{year}{serial:06d}", (
        {"ZC_LB": "专业技术职称", "ZC_MC": "工程师（示例）", "ZC_DJ": "中级", "ZC_ZY": "建筑工程",
         "ZC_ZT": "有效"},
        {"ZC_LB": "职业资格", "ZC_MC": "注册安全工程师（示例）", "ZC_DJ": "", "ZC_ZY": "其他安全",
         "ZC_ZT": "有效",
         "ZC_YXQ": "{later}"},
    ), "persons"),
)  # fmt: skip
