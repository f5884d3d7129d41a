"""What the terminal says, in both languages: headings, and what to do next."""

from __future__ import annotations

Words = tuple[str, str]  # Chinese, English

LABELS: dict[str, Words] = {
    "actor": ("操作人", "by"),
    "algorithm": ("算法", "algorithm"),
    "applied": ("已应用", "applied"),
    "at": ("时间", "at"),
    "attempts": ("投递尝试", "attempts"),
    "box": ("信箱", "box"),
    "by": ("由", "by"),
    "certificate_no": ("证书编号", "certificate no"),
    "changed": ("已办理", "decided"),
    "asked_at": ("提出时间", "asked"),
    "age": ("最久等待", "oldest waits"),
    "breaker": ("熔断器", "breaker"),
    "channel": ("通道", "channel"),
    "code": ("代码", "code"),
    "collected": ("已收取", "collected"),
    "count": ("数量", "count"),
    "customs_no": ("海关编号", "customs no"),
    "date": ("日期", "date"),
    "delivered": ("已送达", "delivered"),
    "differences": ("差异", "differences"),
    "direction": ("方向", "direction"),
    "documents": ("单证", "documents"),
    "due_at": ("期限", "due"),
    "effects": ("效果", "effects"),
    "en": ("英文", "English"),
    "ending": ("到期提醒", "ending"),
    "enterprise": ("企业", "enterprise"),
    "error": ("错误", "error"),
    "event": ("事件", "event"),
    "first": ("原单", "first"),
    "fields": ("字段", "fields"),
    "file": ("文件", "file"),
    "final": ("终态", "final"),
    "formats": ("格式", "formats"),
    "from": ("原状态", "from"),
    "home": ("工作目录", "home"),
    "id": ("序号", "id"),
    "kind": ("种类", "kind"),
    "matched": ("一致", "matched"),
    "looked_at": ("最近正常", "last good look"),
    "mode": ("模式", "mode"),
    "message_id": ("报文编号", "message"),
    "name": ("名称", "name"),
    "no_answer_since": ("无回执自", "no answer since"),
    "node": ("节点", "node"),
    "node_id": ("节点", "node"),
    "not_before": ("有效期自", "valid from"),
    "not_after": ("有效期至", "valid until"),
    "number": ("统一编号", "number"),
    "on": ("事件", "on"),
    "opened_at": ("发现时间", "found at"),
    "origin": ("出处", "origin"),
    "ours": ("我方账", "ours"),
    "outcome": ("结果", "outcome"),
    "overdue": ("逾期", "overdue"),
    "parked": ("搁置原因", "parked"),
    "paused_at": ("暂停于", "paused since"),
    "permits": ("允许", "permits"),
    "place": ("位置", "place"),
    "posted": ("已投放", "posted"),
    "protected": ("口令保护", "passphrase"),
    "provider": ("密钥在", "key in"),
    "quarantined": ("已隔离", "quarantined"),
    "quota": ("每日限额", "a day"),
    "queued": ("待投递", "queued"),
    "reason": ("原因", "reason"),
    "receipt_no": ("回执号", "receipt"),
    "reconciled": ("对账一致", "reconciled"),
    "recorded_at": ("记录时间", "recorded"),
    "reference": ("企业编号", "reference"),
    "relation": ("关系", "relation"),
    "result": ("结果", "result"),
    "retired": ("停用", "retired"),
    "role": ("角色", "role"),
    "rules": ("规则", "rules"),
    "seconds": ("秒", "seconds"),
    "sender": ("发送方", "sender"),
    "sent_today": ("今日已发", "sent today"),
    "serial": ("序列号", "serial"),
    "sha256": ("SHA-256", "SHA-256"),
    "shown": ("字段依据", "fields from"),
    "side": ("与谁", "side"),
    "signer": ("签名人", "signer"),
    "size": ("字节", "bytes"),
    "stage": ("环节", "stage"),
    "standing": ("情形", "standing"),
    "state": ("状态", "state"),
    "stated_at": ("声明时间", "stated"),
    "states": ("状态", "states"),
    "status": ("情况", "status"),
    "stories": ("故事", "stories"),
    "submissions": ("提交次数", "submissions"),
    "suite": ("签名套件", "suite"),
    "taken": ("已取走", "taken"),
    "theirs": ("对方账", "theirs"),
    "to": ("新状态", "to"),
    "to_hand_back": ("待放回", "to hand back"),
    "type": ("类型", "type"),
    "updated_at": ("更新时间", "updated"),
    "uscc": ("社会信用代码", "credit code"),
    "valid": ("有效", "valid"),
    "verdict": ("判定", "verdict"),
    "version": ("版本", "version"),
    "waiting": ("待取", "waiting"),
    "what": ("差异", "difference"),
    "why": ("原因", "why"),
    "within": ("时限", "within"),
    "zh": ("中文", "Chinese"),
    "family": ("空白证书格式", "family"),
    "unused": ("未使用", "unused"),
    "used": ("已使用", "used"),
    "spoilt": ("打印异常", "spoilt"),
    "void_pending": ("作废申请", "void applied for"),
    "void": ("已作废", "void"),
    "return_pending": ("退领申请", "return applied for"),
    "returned": ("已退领", "returned"),
    "total": ("合计", "total"),
    "picked": ("领取", "picked up"),
    "known": ("在账", "known"),
    "missing": ("差额", "missing"),
    "continuation": ("续页", "continuation pages"),
    "annex": ("副页", "annex pages"),
}

NEXT: dict[str, Words] = {
    "ask_operator": ("请操作员查看", "ask the operator to look"),
    "ask_partner": ("请与对方联系", "ask the partner"),
    "check_clock": ("请核对本机时间", "check this machine's clock"),
    "check_code": ("请核对代码", "check the code"),
    "check_disk_and_restart": ("请检查磁盘后重启", "check the disk and restart"),
    "check_own_key": ("请检查本方密钥", "check your own key"),
    "check_partner_certificate": ("请检查对方证书", "check the partner's certificate"),
    "check_routing": ("请检查通道设置", "check the channel's settings"),
    "confirm_repeat": (
        "确属两份请用 gateway answer … send，否则 discard",
        "if it is meant twice: gateway answer … send, else discard",
    ),
    "fix_and_resend": ("请更正后重新提交", "correct it and submit again"),
    "fix_map": ("请更正对照表", "correct the map"),
    "fix_rights": ("请更正权限", "correct the rights"),
    "fix_settings": ("请检查工作目录与设置", "check the home and its settings"),
    "free_space": ("请清理磁盘空间", "free disk space"),
    "look_at_help": ("请看 --help", "see --help"),
    "look_at_status": ("请看 gateway status", "see gateway status"),
    "look_at_queue": ("请看 gateway queue", "see gateway queue"),
    "migrate": ("请运行 gateway migrate", "run gateway migrate"),
    "move_home": ("请把工作目录移到本地磁盘", "move the home to a local disk"),
    "none": ("无需处理", "nothing to do"),
    "raise_limit": ("请提高 ulimit -n", "raise ulimit -n"),
    "register_partner": ("请登记对方", "register the partner"),
    "renew_certificate": ("请更换证书", "renew the certificate"),
    "report_defect": ("请报告此缺陷", "report this defect"),
    "restore_backup": ("请恢复最近的备份", "restore the latest backup"),
    "restore_or_accept": (
        "请恢复完整的数据库，或用 gateway audit accept 认可缺失",
        "restore the whole database, or accept the loss with gateway audit accept",
    ),
    "resend": ("请重新发送", "send it again"),
    "stop_the_other": ("请先停止另一个进程", "stop the other process first"),
    "upgrade_program": ("请升级程序", "upgrade the program"),
    "use_new_reference": ("请改用新的企业编号", "use a new reference"),
    "wait": ("稍后自动重试", "it is tried again later"),
    "wait_or_match": ("等待，或用 gateway match 认领", "wait, or claim it with gateway match"),
}

OUTCOMES: dict[str, Words] = {
    "accepted": ("已接收", "accepted"),
    "duplicate": ("重复，未再记录", "duplicate"),
    "revised": ("已更新", "revised"),
    "held": ("待确认", "held"),
    "refused": ("被拒绝", "refused"),
}

STATUSES: dict[str, Words] = {
    "new": ("待处理", "new"),
    "understood": ("已处理", "understood"),
    "repeat": ("重复", "repeat"),
    "waiting": ("等待", "waiting"),
    "held": ("待人工", "held"),
    "quarantined": ("已隔离", "quarantined"),
    "discarded": ("已弃置", "discarded"),
}

STANDINGS: dict[str, Words] = {
    "waiting": ("排队中", "waiting"),
    "unconfirmed": ("结果未知", "outcome unknown"),
    "replay": ("待重发", "to be sent again"),
    "parked": ("已搁置", "parked"),
    "dead": ("重试已尽", "dead letter"),
}

MODES: dict[str, Words] = {
    "open": ("开通", "open"),
    "draining": ("排空中", "draining"),
    "paused": ("已暂停", "paused"),
    "stopped": ("已停用", "stopped"),
}

PHASES: dict[str, Words] = {
    "closed": ("正常", "sound"),
    "open": ("熔断", "broken off"),
    "half_open": ("试探", "trying one"),
}

REPLAYS: dict[str, Words] = {
    "queued": ("将原样重发", "will be sent again as it was"),
    "on_its_way": ("尚未送达，正在排队", "not delivered yet, it is on its way"),
    "just_now": ("一分钟内已重发过", "was sent again less than a minute ago"),
    "look_at_queue": ("请看 gateway queue", "see gateway queue"),
    "migrate": ("请运行 gateway migrate", "run gateway migrate"),
    "move_home": ("请把工作目录移到本地磁盘", "move the home to a local disk"),
    "none": ("没有报文", "has no message"),
}

STAGES: dict[str, Words] = {
    "ask": ("待查询", "ask"),
    "seal": ("待签名", "seal"),
    "deliver": ("待投递", "deliver"),
    "answer": ("待回执", "answer"),
    "parked": ("已搁置", "parked"),
}


def both(words: Words, lang: str, between: str = " ") -> str:
    """Both languages, the chosen one first."""
    zh, en = words
    return f"{en}{between}{zh}" if lang == "en" else f"{zh}{between}{en}"


def one(words: Words, lang: str) -> str:
    return words[1] if lang == "en" else words[0]


def label(name: str, lang: str, between: str = "\n") -> str:
    return both(LABELS.get(name, (name, name)), lang, between)
