"""What institutions of each kind are like: names, hours, slots, prices."""

from dataclasses import dataclass

from benefits.models import Provider

Kind = Provider.Kind

#: Invented brands; each is one chain of a kind.
BRANDS = (
    ("皓悦", "Haoyue"), ("明澈", "Mingche"), ("瑞宁", "Ruining"), ("安颐", "Anyi"), ("启禾", "Qihe"), ("和煦", "Hexu"),
    ("嘉杏", "Jiaxing"), ("康澄", "Kangcheng"), ("沐春", "Muchun"), ("景和", "Jinghe"), ("怡清", "Yiqing"),
    ("仁朗", "Renlang"), ("信泽", "Xinze"), ("博雅", "Boya"), ("佑民", "Youmin"), ("惠济", "Huiji"), ("慈航", "Cihang"),
    ("元初", "Yuanchu"), ("泰和", "Taihe"), ("宁远", "Ningyuan"), ("百草", "Baicao"), ("青禾", "Qinghe"),
    ("悦达", "Yueda"), ("德馨", "Dexin"), ("华颐", "Huayi"), ("天佑", "Tianyou"), ("松鹤", "Songhe"),
    ("云杉", "Yunshan"), ("清源", "Qingyuan"), ("白鹭", "Bailu"),
)  # fmt: skip
CLOSING_REASONS = ("设备检修", "停电检修", "内部培训", "消毒停诊", "节假日休息", "装修")
MORNING, WHOLE_DAY = "07:30-11:30", "09:00-12:00|13:30-18:00"


@dataclass(frozen=True, slots=True)
class Trade:
    """A kind of institution. `share` of all sites; 0 for those who serve by telephone.

    `provider`, `site`: what follows the brand in their names, Chinese and English. `hours`: of a weekday, one of them
    for a site. `weekdays`: 1 is Monday. `minutes`, `capacity`: of a slot.
    """

    provider: tuple[str, str]
    site: tuple[str, str] = ("", "")
    share: float = 0
    hours: tuple[str, ...] = ()
    weekdays: tuple[int, ...] = ()
    minutes: tuple[int, ...] = ()
    capacity: tuple[int, int] = (0, 0)


TRADES: dict[Kind, Trade] = {
    Kind.DENTAL_CLINIC: Trade(
        *(("口腔", "Dental"), ("门诊部", "Clinic"), 0.5, (WHOLE_DAY, "09:00-20:00", "10:00-13:00|14:00-19:00")),
        *((1, 2, 3, 4, 5, 6, 7), (30, 45, 60), (1, 4)),
    ),
    Kind.CHECKUP_CENTRE: Trade(
        *(("健康体检", "Health Check"), ("体检中心", "Check-up Centre"), 0.28, (MORNING, "08:00-12:00")),
        *((1, 2, 3, 4, 5, 6), (30,), (4, 20)),
    ),
    Kind.HOSPITAL_NETWORK: Trade(
        *(("国际医疗", "International Medical"), ("医院", "Hospital"), 0.18, ("08:00-12:00|13:30-17:00",)),
        *((1, 2, 3, 4, 5), (30, 60), (2, 6)),
    ),
    Kind.EVENT_ORGANISER: Trade(
        *(("文化传媒", "Events"), ("活动中心", "Event Centre"), 0.04, ("09:30-11:30|14:00-16:00",)),
        *((6, 7), (120,), (20, 60)),
    ),
    Kind.MEDICAL_CONCIERGE: Trade(("就医陪诊", "Medical Concierge")),
    Kind.TELEMEDICINE: Trade(("互联网医院", "Telehealth")),
    Kind.EXPERT_PANEL: Trade(("专家会诊中心", "Expert Panel")),
    Kind.ASSISTANCE_COMPANY: Trade(("全球救援", "Assistance")),
}
#: Least and most that one use costs, in CNY.
PRICES = {
    "dental_cleaning": (150, 320),
    "hospital_guidance": (180, 360),
    "tele_doctor": (12, 30),
    "health_checkup": (480, 1800),
    "medical_access": (600, 1500),
    "second_opinion": (2500, 8000),
    "festival_priority": (50, 120),
    "emergency_rescue": (800, 2400),
    "travel_assistance": (80, 300),
    "outpatient_appointment": (300, 800),
    "admission_surgery": (1200, 3000),
    "direct_billing_network": (200, 600),
}
