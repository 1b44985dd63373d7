"""Contents for every layout, with long real text, different for each seed: for benchmarks, contact sheets and tests."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Literal

from channel.views import content as c

_PLACES = (
    "莘庄社区卫生服务中心", "闵行区仁安医院", "区中医医院莘朱路院区",
    "春申口腔门诊部", "市五院急诊部", "七宝镇社区卫生中心",
    "颛桥康复护理院", "浦江镇第一卫生站", "华漕国际门诊部", "梅陇老年护理院", "吴泾社区卫生站", "马桥旗忠卫生室",
    "古美路街道养老院", "江川路图书馆分馆", "虹桥镇文化活动中心", "浦锦街道事务受理中心",
)  # fmt: skip
_SENTENCES = (
    "早餐供应时间为每天 6:30 至 8:30，品种有白粥、菜包、豆浆、鸡蛋和阳春面，均价六元左右。",
    "行动不便的老人可以由家人代买，也可请助餐员送到楼下；电话 021-5550 0112，每天 8:00–17:00 有人接听。",
    "首次用餐请带敬老卡到窗口登记，之后刷卡即可（本人到场，不收工本费）。",
    "沪闵路顾戴路口周六 22:00 至次日 5:00 夜间施工，请绕行春申路；公交 747 路临时改道。",
    "流感疫苗接种点增至 31 处，60 岁以上居民 11月30日前可凭身份证免费接种一次。",
    "PM2.5 预计回落到 36 微克/立方米，外出可以不戴口罩，晨练请改到九点以后。",
    "“社保卡要停用”的短信一个字都别信；公安机关不会在电话里要求转账。",
)
_TITLES = (
    "全区 12 家社区食堂今起供应早餐", "沪闵路顾戴路口周六夜间施工，请绕行", "流感疫苗接种点增至 31 处，可电话预约",
    "七宝镇三个老小区加装电梯投入使用", "本周日起大件垃圾可预约上门清运", "浦江镇滨江步道二期对市民开放",
    "莘庄镇老年大学春季班开始网上报名，每人限报两门课程", "区图书馆延长开放到晚上九点",
)  # fmt: skip
_ICONS = (
    "house", "newspaper", "briefcase", "cross", "bowl", "heart", "book", "ticket", "ball", "camera", "bus", "cloud",
    "basket", "shield", "drop", "phone",
)  # fmt: skip
_LABELS = (
    "我的小区",
    "政策资讯",
    "就业",
    "医疗",
    "养老",
    "婚姻生育",
    "教育",
    "文化",
    "体育",
    "旅游",
    "交通",
    "天气环境",
    "物价",
    "公安",
    "生活",
    "举报投诉",
)
_WEATHER = (
    ("sun", "晴"),
    ("cloud-sun", "多云"),
    ("overcast", "阴"),
    ("rain", "小雨"),
    ("storm", "雷阵雨"),
    ("snow", "小雪"),
    ("fog", "雾"),
)
_FOOD = ("青菜", "番茄", "土豆", "黄瓜", "白萝卜", "菠菜", "芹菜", "茄子", "鸡蛋", "五花肉", "鲫鱼", "豆腐")


def sample(layout: str, seed: int = 0, rows: int = 14) -> c.Body:
    """A body for ``layout`` with ``rows`` rows where it has any; another ``seed``, other words and figures."""
    return _MAKERS[layout](random.Random(f"{layout} {seed}"), rows)


def layouts() -> tuple[str, ...]:
    """Every layout that has a sample."""
    return tuple(_MAKERS)


def _title(r: random.Random) -> str:
    return f"{r.choice(_TITLES)}{r.choice(('', '（' + str(r.randint(1, 99)) + ' 处）', '，' + r.choice(_PLACES)))}"


def _menu(r: random.Random, rows: int) -> c.Body:
    tiles = tuple(
        c.Tile(number=str(100 + 20 * i + r.randint(0, 9)), label=_LABELS[i], icon=_ICONS[i], to="200")
        for i in range(min(rows + 2, 16))
    )
    weather = c.WeatherCard(
        to="500",
        place="莘庄 现在",
        temperature=f"{r.randint(-5, 38)}°",
        word="多云",
        span=f"{r.randint(0, 9)}° 到 13°",
        icon="cloud-sun",
    )
    return c.Menu(tiles=tiles, weather=weather, ticker=c.Ticker(label="播报", text=_title(r), to="111"))


def _index(r: random.Random, rows: int) -> c.Body:
    names = [f"{r.choice(_PLACES)[:4]}{r.choice('苑园里坊庭')}{i}" for i in range(rows * 2)]
    return c.Index(
        heading="选择您的街镇，再选小区",
        entries=tuple(c.Entry(label=n, to="201", note=f"{r.randint(1, 99)} 个") for n in names),
    )


def _dashboard(r: random.Random, rows: int) -> c.Body:
    notices = tuple(c.CardRow(label=_title(r)[:22], note=n) for n in ("今天", "11-26", "11-28"))
    buses = tuple(
        c.CardRow(label=f"莘车{r.randint(1, 99)}路", figure=str(r.randint(1, 30)), unit="分") for _ in range(3)
    )
    prices = tuple(
        c.CardRow(
            label=r.choice(_FOOD),
            figure=f"{r.uniform(1, 9):.2f}",
            note=f"{r.uniform(0, 1):.2f}",
            mark=r.choice(("up", "down")),
        )
        for _ in range(3)
    )
    places = tuple(
        c.CardRow(label=r.choice(_PLACES)[-6:], figure=f"{r.uniform(0, 9):.1f}", unit="公里", mark="open")
        for _ in range(3)
    )
    weather = c.WeatherCard(
        to="501",
        place="莘庄",
        temperature="9°",
        word="多云",
        span="6° 到 13°",
        icon="cloud-sun",
        lines=("东北风 3 级", f"空气 良 {r.randint(40, 99)}　湿度 71%"),
    )
    return c.Dashboard(cards=(
        c.Card(title="小区通知", number="601", to="601", rows=notices),
        c.Card(title="天气", number="501", to="501", weather=weather),
        c.Card(title="附近公交", number="401", to="401", rows=buses),
        c.Card(title="今日菜价", number="541", to="541", rows=prices),
        c.Card(title="看病就医", number="201", to="201", rows=places),
    ))  # fmt: skip


def _list(r: random.Random, rows: int) -> c.Body:
    return c.List(rows=tuple(
        c.ListRow(
            to=f"111.a{i}",
            title=_title(r),
            tag=r.choice(("莘庄", "交通", "卫健", "七宝", "环保")),
            date="今天" if i < 2 else f"11-{r.randint(10, 23)}", summary=r.choice(_SENTENCES))
        for i in range(rows)
    ))  # fmt: skip


def _article(r: random.Random, rows: int) -> c.Body:
    facts = (
        ("时间", "每天 6:30–8:30"),
        ("对象", "60 岁以上居民"),
        ("要带", "敬老卡"),
        ("电话", f"021-5550 {r.randint(1000, 9999)}"),
        ("点位", "见 240 页"),
    )
    return c.Article(
        title=_title(r),
        paragraphs=tuple("".join(r.sample(_SENTENCES, 2)) for _ in range(max(1, rows // 4))),
        facts=facts,
    )


def _nearest(r: random.Random, rows: int) -> c.Body:
    states: tuple[tuple[c.Mark, str], ...] = (("open", "开诊中"), ("later", "09:00 开"), ("closed", "今日停诊"))
    out = []
    for i in range(rows):
        mark, word = r.choice(states)
        out.append(
            c.NearestRow(
                to=f"201.h{i}",
                name=r.choice(_PLACES),
                level=r.choice(("社区", "二级", "三级", "专科")),
                figure=f"{r.uniform(0, 9.9):.1f}",
                unit="公里",
                hours=f"0{r.randint(7, 9)}:30–{r.randint(16, 20)}:00",
                mark=mark,
                word=word,
            )
        )
    return c.Nearest(rows=tuple(out), heads=("名称", "级别", "离家", "今日门诊", "现在"))


def _table(r: random.Random, rows: int) -> c.Body:
    heads = ("七宝南街", "莘庄水清", "颛桥众安", "浦江永康", "全区均价")
    columns = (c.Column(label="元/500克"), *(c.Column(label=h, align="right", strong=h == "全区均价") for h in heads))
    marks: tuple[c.Mark, ...] = ("up", "down", "flat")
    out = []
    for i in range(rows):
        best = r.randint(0, 3)
        cells = [
            c.Cell(text=f"{r.uniform(1, 19):.2f}", note=f"{r.uniform(0, 1):.1f}", mark=r.choice(marks), best=k == best)
            for k in range(5)
        ]
        out.append(c.TableRow(cells=(c.Cell(text=_FOOD[i % len(_FOOD)]), *cells), to=f"541.p{i}"))
    return c.Table(columns=columns, rows=tuple(out))


def _timetable(r: random.Random, rows: int) -> c.Body:
    days = tuple(
        c.Day(label=f"周{d}" if i else "今天", date=f"{24 + i}日", today=i == 0) for i, d in enumerate("二三四五六日一")
    )

    def cell() -> c.Cell:
        word = r.choice(("上午", "下午", "全天", "—", "约满", "停诊"))
        return c.Cell(text=word, tone={"约满": "warn", "停诊": "red"}.get(word, ""))  # type: ignore[arg-type]

    names = ("全科", "中医", "心内科", "糖尿病", "眼科", "口腔", "康复", "皮肤科")
    return c.Timetable(
        corner="科室",
        days=days,
        rows=tuple(
            c.TimetableRow(name=names[i % 8], cells=tuple(cell() for _ in days), to=f"202.s{i}") for i in range(rows)
        ),
    )


def _board(r: random.Random, rows: int) -> c.Body:
    def row(i: int) -> c.BoardRow:
        if i == 5:
            return c.BoardRow(line="闵行夜1路", destination="", reason="夜间线路，今晚 22:30 首班")
        minutes = r.randint(0, 20)
        return c.BoardRow(
            line=f"闵行{r.randint(1, 50)}路",
            destination=r.choice(("莘庄地铁南广场", "七宝老街", "浦江世博家园")),
            minutes=str(minutes) if minutes else "",
            soon=not minutes,
            then=str(minutes + 12),
            to=f"401.b{i}",
        )

    stops = [
        c.Stop(
            name=f"{r.choice(_PLACES)[:5]}站",
            walk=f"步行 {3 + 2 * k} 分钟",
            rows=tuple(row(3 * k + i) for i in range(3)),
            to=f"401.p{k}",
        )
        for k in range(max(1, rows // 3))
    ]
    return c.Board(stops=tuple(stops))


def _timegrid(r: random.Random, rows: int) -> c.Body:
    tracks = []
    for name in ("七宝影城", "莘庄文化馆", "颛桥剧院", "浦江图书馆", "春申影院", "江川电影院")[: max(1, rows // 2)]:
        at, blocks = r.choice((0, 5, 30)), list[c.Block]()
        while at < 240:
            length = r.choice((30, 60, 75, 105, 150))
            state: Literal["past", "now", "future"] = "past" if at + length < 72 else "now" if at <= 72 else "future"
            blocks.append(
                c.Block(
                    title=r.choice(("山河入梦", "越剧选段", "合唱排练 免费", "沪剧《罗汉钱》全本", "手机课堂 免费")),
                    time="13:00–14:45",
                    start=at,
                    minutes=length,
                    state=state,
                    to=f"344.f{len(blocks)}",
                )
            )
            at += length + r.choice((0, 15, 30))
        tracks.append(c.Track(name=name, blocks=tuple(blocks)))
    return c.Timegrid(heading="周二 下午", start=780, hours=4, spans=1, now=72, tracks=tuple(tracks))


def _calendar(r: random.Random, rows: int) -> c.Body:
    lunar = ("初一", "初二", "廿三", "廿四", "冬至")
    days = tuple(
        c.CalendarDay(
            day=d,
            lunar=r.choice(lunar),
            events=r.choice((0, 0, 1, 2, 4)),
            state="past" if d < 24 else "today" if d == 24 else "future", to=f"341.d{d}")
        for d in range(1, 31)
    )  # fmt: skip
    agenda = tuple(
        c.Agenda(time=f"{9 + i}:00", title=r.choice(_TITLES)[:8], venue=r.choice(_PLACES), to=f"341.e{i}")
        for i in range(min(rows, 4))
    )
    return c.Calendar(month="11 月", year="丙午年", first=6, days=days, heading="接下来的活动", agenda=agenda)


def _forecast(r: random.Random, rows: int) -> c.Body:
    days = []
    for i, day in enumerate("二三四五六日一"):
        icon, word = r.choice(_WEATHER)
        low = r.randint(-2, 9)
        days.append(
            c.ForecastDay(
                label="今天" if i == 0 else f"周{day}",
                date=f"{24 + i}日",
                icon=icon,
                word=word,
                high=low + r.randint(2, 9),
                low=low,
                wind="北风 4级",
            )
        )
    return c.Forecast(days=tuple(days))


def _chart(r: random.Random, rows: int) -> c.Body:
    value, points = 60.0, []
    for i in range(24):
        value = min(140.0, max(20.0, value + r.uniform(-20, 22)))
        tone: c.Tone = "green" if value <= 50 else "" if value <= 100 else "red"
        points.append(
            c.Point(
                value=round(value),
                label={0: "9时", 6: "15时", 12: "21时", 18: "3时", 23: "现在"}.get(i, ""),
                tone=tone or "warn",
            )
        )
    return c.Chart(
        place="莘庄站 现在",
        value=str(round(value)),
        level="良",
        tone="yellow",
        facts=(("首要", "PM2.5"), ("PM2.5", "49 微克"), ("臭氧", "36 微克")),
        advice="可以开窗。气喘、咳嗽的老人，晨练请改到九点以后。",
        heading="过去 24 小时",
        series=(c.Series(name="AQI", points=tuple(points)),),
        ticks=(0, 50, 100, 150),
        legend=(("优", "green"), ("良", "warn"), ("轻度", "red")),
    )


def _status(r: random.Random, rows: int) -> c.Body:
    states: tuple[tuple[c.Mark, str], ...] = (("open", "正常"), ("later", "延误"), ("closed", "停运"))
    lines = []
    for _ in range(rows):
        mark, word = r.choice(states)
        lines.append(
            c.StatusRow(
                badge=str(r.randint(1, 23)),
                route=f"{r.choice(('莘庄', '松江南站', '沈杜公路'))} — {r.choice(('富锦路', '曹路', '奉贤新城'))}",
                note=f"间隔约 {r.randint(3, 12)} 分钟",
                mark=mark,
                word=word,
                to="403",
            )
        )
    return c.Status(
        title="浦江线 沈杜公路 — 汇臻路",
        sentence="信号设备抢修，预计 09:30 恢复。接驳公交每 8 分钟一班，站口上车。",
        badge="浦江",
        mark="closed",
        word="停运",
        rows=tuple(lines),
    )


def _guide(r: random.Random, rows: int) -> c.Body:
    heads = (
        ("先问清楚", "拨 12393，确认您的参保地能备案"),
        ("备好证件", "身份证和医保卡，代办再带代办人证件"),
        ("到窗口办", "就近社区事务受理中心，周一到周六"),
        ("当场核对", "看清备案城市、起止日期再签字"),
        ("出门前查", "回家看 209 页，确认备案已生效"),
    )
    return c.Guide(
        steps=tuple(c.Step(head=name, line=words) for name, words in heads),
        bring_title="带好这三样",
        bring=("身份证", "医保卡", "手机（收短信）"),
        cost=f"不收费，约 {r.randint(5, 30)} 分钟",
        phone="12393",
        phone_hours="工作日 9:00–17:00",
    )


def _alert(r: random.Random, rows: int) -> c.Body:
    return c.Alert(
        headline=r.choice(("大风红色预警", "暴雨橙色预警", "道路结冰预警")),
        severity="extreme",
        area="闵行全区",
        times="今天 09:00 到 18:00",
        order=f"阵风 {r.randint(9, 13)} 级以上，请留在室内",
        actions=(
            "不出门，不靠近窗户、阳台和高空广告牌",
            "收好花盆和衣架，关紧门窗，车移出大树下",
            "独居老人需要帮助，请拨居委会 5550 0119",
        ),
        to="900.a1",
    )


_MAKERS: dict[str, Callable[[random.Random, int], c.Body]] = {
    "menu": _menu, "index": _index, "dashboard": _dashboard, "list": _list, "article": _article, "nearest": _nearest,
    "table": _table, "timetable": _timetable, "board": _board, "timegrid": _timegrid, "calendar": _calendar,
    "forecast": _forecast, "chart": _chart, "status": _status, "guide": _guide, "alert": _alert,
}  # fmt: skip
