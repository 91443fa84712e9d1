"""The columns of the smaller items, as text: one item a block, one column a line.

First line: item, name | key columns | free text column. Then `CODE name :kind @role`; a star after the code
marks a column that must be filled. `@party P` is the thirteen party columns with prefix P, `@source P` the
reporting unit and the remark.
"""

SPEC = """
XZQR 行政确认 | QR_JGDM QR_WSH subject QR_JDRQ | QR_NR
@party QR_ 行政相对人
QR_SXMC* 事项名称
QR_WSMC* 文书名称
QR_WSH* 文书号 @doc_no
QR_LB 确认类别
QR_YJ* 依据
QR_NR* 内容
QR_JDRQ* 决定日期 :date @decided
QR_SXRQ 生效日期 :date
QR_JZRQ 截止日期 :date
QR_JG* 机关 @authority
QR_JGDM* 机关统一社会信用代码 @authority_code
@source QR_

XZJL 行政奖励 | JL_JGDM JL_WSH subject JL_JDRQ | JL_NR
@party JL_ 行政相对人
JL_SXMC* 事项名称
JL_WSMC* 文书名称
JL_WSH* 文书号 @doc_no
JL_MC* 奖励名称
JL_DJ 奖励等级
JL_YJ* 依据
JL_NR* 内容
JL_JDRQ* 决定日期 :date @decided
JL_SXRQ 生效日期 :date
JL_JZRQ 截止日期 :date
JL_JG* 机关 @authority
JL_JGDM* 机关统一社会信用代码 @authority_code
@source JL_

XZJC 行政监督检查 | JC_JGDM JC_WSH subject JC_JDRQ JC_SX | JC_NR
@party JC_ 行政相对人
JC_SXMC* 事项名称
JC_WSMC* 文书名称
JC_WSH* 文书号 @doc_no
JC_LX* 检查类型
JC_SX* 检查事项
JC_JCJG* 检查结果
JC_HG 是否合格
JC_ZGQX 整改期限 :date
JC_YJ* 依据
JC_NR* 内容
JC_JDRQ* 决定日期 :date @decided
JC_SXRQ 生效日期 :date
JC_JZRQ 截止日期 :date
JC_JG* 机关 @authority
JC_JGDM* 机关统一社会信用代码 @authority_code
@source JC_

XZQZ 行政强制 | QZ_JGDM QZ_WSH subject QZ_JDRQ | QZ_NR
@party QZ_ 行政相对人
QZ_SXMC* 事项名称
QZ_WSMC* 文书名称
QZ_WSH* 文书号 @doc_no
QZ_LB* 强制类别
QZ_QX 强制期限
QZ_YJ* 依据
QZ_NR* 内容
QZ_JDRQ* 决定日期 :date @decided
QZ_SXRQ 生效日期 :date
QZ_JZRQ 截止日期 :date
QZ_JG* 机关 @authority
QZ_JGDM* 机关统一社会信用代码 @authority_code
@source QZ_

XZCJ 行政裁决 | CJ_JGDM CJ_WSH subject CJ_JDRQ | CJ_NR
@party CJ_ 行政相对人
CJ_SXMC* 事项名称
CJ_WSMC* 文书名称
CJ_WSH* 文书号 @doc_no
CJ_LB 裁决类别
CJ_DFDSR 对方当事人
CJ_YJ* 依据
CJ_NR* 内容
CJ_JDRQ* 决定日期 :date @decided
CJ_SXRQ 生效日期 :date
CJ_JZRQ 截止日期 :date
CJ_JG* 机关 @authority
CJ_JGDM* 机关统一社会信用代码 @authority_code
@source CJ_

XZZS 行政征收 | ZS_JGDM ZS_WSH subject ZS_JDRQ | ZS_NR
@party ZS_ 行政相对人
ZS_SXMC* 事项名称
ZS_WSMC* 文书名称
ZS_WSH* 文书号 @doc_no
ZS_LB 征收类别
ZS_JE 征收金额（万元） :amount
ZS_YJ* 依据
ZS_NR* 内容
ZS_JDRQ* 决定日期 :date @decided
ZS_SXRQ 生效日期 :date
ZS_JZRQ 截止日期 :date
ZS_JG* 机关 @authority
ZS_JGDM* 机关统一社会信用代码 @authority_code
@source ZS_

XZJF 行政给付 | JF_JGDM JF_WSH subject JF_JDRQ | JF_NR
@party JF_ 行政相对人
JF_SXMC* 事项名称
JF_WSMC* 文书名称
JF_WSH* 文书号 @doc_no
JF_LB 给付类别
JF_JE 给付金额（万元） :amount
JF_YJ* 依据
JF_NR* 内容
JF_JDRQ* 决定日期 :date @decided
JF_SXRQ 生效日期 :date
JF_JZRQ 截止日期 :date
JF_JG* 机关 @authority
JF_JGDM* 机关统一社会信用代码 @authority_code
@source JF_

XYCN 信用承诺及履行 | CN_JGDM CN_BM subject | CN_NR
CN_BM* 承诺编码 @doc_no
CN_MC* 承诺人名称 @name
CN_LB* 承诺人类别 @kind
CN_SHXYM 承诺人统一社会信用代码 @code
CN_ZJLX 自然人证件类型 @id_type
CN_ZJHM 自然人证件号码 @id
CN_LX* 承诺类型
CN_SY* 承诺事由
CN_NR* 承诺内容
CN_WNZR* 违诺责任
CN_RQ* 承诺作出日期 :date @decided
CN_YXQ 承诺有效期 :date
CN_LXZT* 承诺履行状态
CN_WLX 未履行的承诺内容
CN_ZJ 违诺责任追究内容
CN_RDRQ 承诺履行状态认定日期 :date
CN_RDDW 承诺履行状态认定单位
CN_RDDWDM 承诺履行状态认定单位统一社会信用代码
CN_JG* 承诺受理单位 @authority
CN_JGDM* 承诺受理单位统一社会信用代码 @authority_code
CN_GKLX* 公开类型
BZ 备注

HTLY 合同履约 | HT_JFDM HT_BH subject | HT_BDMC
HT_BH* 合同编号 @doc_no
HT_HTMC* 合同名称
HT_LX* 合同类型
HT_XMBH 项目编号
HT_JFMC* 采购人（甲方） @authority
HT_JFDM* 甲方统一社会信用代码 @authority_code
HT_JFDZ 采购人地址
HT_MC* 供应商（乙方） @name
HT_LB 供应商类别 @kind
HT_SHXYM* 供应商统一社会信用代码 @code
HT_YFDZ 供应商地址
HT_YFLX 供应商联系方式
HT_BDMC* 主要标的名称
HT_GG 规格型号（服务要求）
HT_SL 数量
HT_DJ 单价
HT_JE* 合同金额（万元） :amount
HT_LYQX* 履约期限 :date
HT_QZDD 签证地点
HT_CGFS 采购方式
HT_QDRQ* 签订日期 :date @decided
HT_GGRQ 公告日期 :date
HT_QT 其他补充事宜
HT_ZT* 履约状态
HT_QY 所属区域
HT_HY 所属行业
HT_WYF 违约方
HT_WYSY 违约事由
HT_WYYJ 违约依据
HT_ZFZK 资金是否全额支付
@source HT_

SFCP 司法裁判及执行 | SF_JGDM SF_AH subject SF_CPRQ | SF_CPJG
@party SF_ 当事人
SF_AH* 案号 @doc_no
SF_LX* 文书类型
SF_AY* 案由
SF_SSDW 诉讼地位
SF_CPJG* 裁判结果
SF_BDJE 标的金额（万元） :amount
SF_CPRQ* 裁判日期 :date @decided
SF_SXRQ 生效日期 :date
SF_LXQK 履行情况
SF_ZXAH 执行案号
SF_ZXLA 执行立案日期 :date
SF_JG* 裁判机关 @authority
SF_JGDM* 裁判机关统一社会信用代码 @authority_code
@source SF_

SXBZX 失信被执行人 | BZX_JGDM BZX_AH subject | BZX_YW
BZX_MC* 被执行人名称 @name
BZX_LB* 被执行人类别 @kind
BZX_SHXYM 被执行人统一社会信用代码 @code
BZX_ZJLX 自然人证件类型 @id_type
BZX_ZJHM 自然人证件号码 @id
BZX_FRDB 法定代表人 @person
BZX_SF 省份
BZX_AH* 案号 @doc_no
BZX_YJWH* 执行依据文号
BZX_YJDW* 作出执行依据单位
BZX_LARQ* 立案时间 :date
BZX_YW* 生效法律文书确定的义务
BZX_LXQK* 被执行人的履行情况
BZX_QX* 失信被执行人行为具体情形
BZX_FBRQ* 发布时间 :date @decided
BZX_YLX 已履行部分
BZX_WLX 未履行部分
BZX_YCRQ 移出日期 :date
BZX_JG* 执行法院 @authority
BZX_JGDM* 执行法院统一社会信用代码 @authority_code
@source BZX_

YZSX 严重失信主体名单 | YZ_JGDM YZ_WSH subject YZ_LRRQ | YZ_SY
YZ_MC* 失信主体名称 @name
YZ_LB* 失信主体类别 @kind
YZ_SHXYM 失信主体统一社会信用代码 @code
YZ_ZJLX 自然人证件类型 @id_type
YZ_ZJHM 自然人证件号码 @id
YZ_FRDB 法定代表人 @person
YZ_MDMC* 名单名称
YZ_YJ* 列入依据
YZ_SY* 列入事由
YZ_WSH* 决定文书号 @doc_no
YZ_LRRQ* 列入日期 :date @decided
YZ_GLQX* 管理期限至 :date
YZ_GSQ 公示起始日 :date
YZ_GSZ 公示截止日 :date
YZ_CJTS 惩戒措施提示
YZ_YCRQ 移出日期 :date
YZ_YCFS 移出方式
YZ_YCYJ 移出依据
YZ_JG* 列入机关 @authority
YZ_JGDM* 列入机关统一社会信用代码 @authority_code
@source YZ_

JYYC 经营（活动）异常名录（状态） | YC_JGDM subject YC_LRRQ YC_LX | YC_LRYY
YC_MC* 主体名称 @name
YC_LB 主体类别 @kind
YC_SHXYM* 主体统一社会信用代码 @code
YC_LX* 名录（状态）类型
YC_LRYY* 列入原因
YC_WSH 列入决定文书号 @doc_no
YC_LRRQ* 列入日期 :date @decided
YC_YCYY 移出原因
YC_YCRQ 移出日期 :date
YC_YCJG 移出机关
YC_JG* 作出决定机关 @authority
YC_JGDM* 作出决定机关统一社会信用代码 @authority_code
@source YC_

NSXY 纳税信用A级 | subject NS_PJND | BZ
NS_MC* 纳税人名称 @name
NS_LB 纳税人类别 @kind
NS_SHXYM* 纳税人统一社会信用代码 @code
NS_SBH 纳税人识别号
NS_PJND* 评价年度 :integer
NS_JB* 纳税信用级别
NS_RQ 公布日期 :date @decided
NS_JG* 评价机关 @authority
NS_JGDM* 评价机关统一社会信用代码 @authority_code
@source NS_

XYPJ 信用评价结果 | PJ_JGDM subject PJ_RQ PJ_PJMC | BZ
PJ_MC* 评价对象名称 @name
PJ_LB 评价对象类别 @kind
PJ_SHXYM* 评价对象统一社会信用代码 @code
PJ_PJMC* 评价名称
PJ_DJ* 评价等级
PJ_FZ 评价分值 :integer
PJ_BB 评价办法或模型版本
PJ_RQ* 评价日期 :date @decided
PJ_YXQ 有效期至 :date
PJ_JG* 评价机关 @authority
PJ_JGDM* 评价机关统一社会信用代码 @authority_code
@source PJ_

SXJL 守信激励 | SL_JGDM subject SL_RQ SL_MDMC | SL_YJ
SL_MC* 激励对象名称 @name
SL_LB 激励对象类别 @kind
SL_SHXYM* 激励对象统一社会信用代码 @code
SL_MDMC* 名单名称
SL_YJ* 认定依据
SL_WSH 认定文书号 @doc_no
SL_RQ* 认定日期 :date @decided
SL_YXQ 有效期至 :date
SL_CS 激励措施
SL_JG* 认定机关 @authority
SL_JGDM* 认定机关统一社会信用代码 @authority_code
@source SL_

ZYSB 自愿申报 | ZY_BH subject | ZY_NR
ZY_MC* 申报人名称 @name
ZY_LB 申报人类别 @kind
ZY_SHXYM* 申报人统一社会信用代码 @code
ZY_BH* 申报编号 @doc_no
ZY_SBLB* 申报类别
ZY_NR* 申报内容
ZY_ZM 证明材料
ZY_CN* 是否承诺真实
ZY_HYQK 核验情况
ZY_RQ* 申报日期 :date @decided
ZY_YXQ 授权使用至 :date
ZY_JG 受理单位 @authority
ZY_JGDM 受理单位统一社会信用代码 @authority_code
@source ZY_

SDQX 水电气讯缴费 | SD_JGDM subject SD_HH SD_ZL SD_ZQ | BZ
SD_MC* 缴费人名称 @name
SD_LB 缴费人类别 @kind
SD_SHXYM* 缴费人统一社会信用代码 @code
SD_HH* 户号
SD_ZL* 缴费种类
SD_ZQ* 账期
SD_YJ 应缴金额（万元） :amount
SD_SJ 实缴金额（万元） :amount
SD_QK* 缴费情况
SD_JZRQ* 缴费截止日期 :date @decided
SD_JFRQ 缴费日期 :date
SD_JG* 收费单位 @authority
SD_JGDM* 收费单位统一社会信用代码 @authority_code
@source SD_

XFTS 消费投诉公示 | TS_JGDM TS_BH subject | TS_NR
TS_MC* 被投诉人名称 @name
TS_LB 被投诉人类别 @kind
TS_SHXYM* 被投诉人统一社会信用代码 @code
TS_BH* 投诉编号 @doc_no
TS_LY 投诉来源
TS_RQ* 投诉日期 :date
TS_WTLX* 投诉问题类型
TS_SPLX* 商品或服务类型
TS_NR 投诉内容摘要
TS_CLJG* 处理结果
TS_BJRQ* 办结日期 :date @decided
TS_GSZ 公示截止日 :date
TS_JG* 处理机关 @authority
TS_JGDM* 处理机关统一社会信用代码 @authority_code
@source TS_

ZSCQ 知识产权 | CQ_BH subject CQ_LX | CQ_QLMC
CQ_MC* 权利人名称 @name
CQ_LB 权利人类别 @kind
CQ_SHXYM* 权利人统一社会信用代码 @code
CQ_LX* 知识产权类型
CQ_QLMC* 知识产权名称
CQ_BH* 登记号或专利号 @doc_no
CQ_SQRQ 申请日期 :date
CQ_RQ* 授权公告日期 :date @decided
CQ_YXQ 有效期至 :date
CQ_ZT 权利状态
CQ_ZY 质押情况
CQ_JG 授权机关 @authority
CQ_JGDM 授权机关统一社会信用代码 @authority_code
@source CQ_

ZCZY 职称和职业 | ZC_JGDM ZC_BH subject | ZC_MC
ZC_XM* 姓名 @name
ZC_ZJLX* 证件类型 @id_type
ZC_ZJHM* 证件号码 @id
ZC_LB* 职称职业类别
ZC_MC* 职称或职业资格名称
ZC_DJ 等级
ZC_ZY 专业
ZC_BH* 证书编号 @doc_no
ZC_RQ* 批准日期 :date @decided
ZC_YXQ 有效期至 :date
ZC_ZT 证书状态
ZC_JG* 发证机关 @authority
ZC_JGDM* 发证机关统一社会信用代码 @authority_code
@source ZC_

YBTZ 应报台账 | YB_BMDM YB_SX YB_YF | BZ
YB_BM* 部门名称 @source
YB_BMDM* 部门统一社会信用代码 @source_code
YB_SX* 事项代码
YB_YF* 月份
YB_YBS* 应报数 :integer
YB_LBG* 零报告
YB_LY* 台账来源
YB_RQ* 填报日期 :date @decided
YB_LXR 填报人
BZ 备注
"""
