"""The thirteen towns, their neighbourhoods and the 818 estates."""

from __future__ import annotations

import csv
import io
import math
from functools import cache
from typing import NamedTuple

from .base import chance, dice


class Town(NamedTuple):
    """A town or sub-district: its real centre (WGS-84), half axes of its built-up part in degrees, roads, estates."""

    name: str
    short: str
    code: str
    lon: float
    lat: float
    wide: float
    high: float
    count: int
    roads: tuple[str, ...]
    areas: tuple[str, ...]

    def point(self, *key: object, reach: float = 1.0) -> tuple[float, float]:
        """A point of the built-up part that belongs to ``key``; smaller ``reach`` keeps it nearer the centre."""
        angle = 2 * math.pi * chance("angle", self.code, *key)
        radius = math.sqrt(chance("radius", self.code, *key)) * reach
        lon = self.lon + radius * math.cos(angle) * self.wide
        lat = self.lat + radius * math.sin(angle) * self.high
        return round(lon, 6), round(lat, 6)

    def address(self, *key: object) -> str:
        """A street and a number."""
        road = self.roads[int(chance("road", self.code, *key) * len(self.roads))]
        return f"{road}{int(chance('number', self.code, *key) * 1800) + 18}号"


def _town(line: str) -> Town:
    name, short, code, lon, lat, wide, high, count, roads, areas = line.split("|")
    return Town(
        name, short, code, float(lon), float(lat), float(wide), float(high), int(count),
        tuple(roads.split()), tuple(areas.split()),
    )  # fmt: skip


TOWNS: tuple[Town, ...] = tuple(
    _town(line)
    for line in """\
莘庄镇|莘庄|310112101|121.376|31.112|.026|.020|105|莘松路 莘建路 春申路 水清路 莘朱路 都市路 沪闵路 七莘路 广通路 宝城路 伟业路|春申 水清 莘松 沁春 莘城 绿梅 东苑 莘南
七宝镇|七宝|310112102|121.350|31.152|.028|.022|110|七莘路 漕宝路 吴宝路 新龙路 中春路 青年路 沪松公路 顾戴路 宝南路 富强街|航华 九星 宝龙 蒲汇 沪星 中春 万科 静安
颛桥镇|颛桥|310112103|121.402|31.068|.026|.020|68|沪闵路 颛兴路 光华路 向阳路 都会路 都市路 银都路 中春路 瓶北路|颛溪 银都 鑫都 君莲 众安 田园 北桥 中沟
华漕镇|华漕|310112106|121.288|31.208|.026|.018|46|北翟路 纪翟路 金丰路 繁兴路 保乐路 运乐路 纪高路 平乐路|金丰 诸翟 纪王 鹫山 许浦 赵家 爱博 季乐
虹桥镇|虹桥|310112107|121.384|31.172|.018|.013|75|吴中路 虹梅路 虹井路 合川路 红松路 宜山路 古羊路 虹莘路|虹梅 龙柏 金汇 井亭 古北 红松 西郊 虹井
梅陇镇|梅陇|310112108|121.414|31.104|.026|.022|118|虹梅南路 莲花南路 春申路 银都路 景联路 罗锦路 高兴路 朱梅路 龙州路|罗阳 朱行 曹行 行南 景东 高兴 集心 望族
吴泾镇|吴泾|310112110|121.452|31.042|.014|.022|38|龙吴路 剑川路 永德路 宝秀路 尚义路 放鹤路 紫东路|永德 宝秀 紫竹 放鹤 塘湾 枫桦 通海 双柏
马桥镇|马桥|310112112|121.358|31.026|.020|.018|34|沪闵路 元江路 昆阳路 北松公路 银春路 华宁路 富岩路|银春 元松 俞塘 旗忠 元吉 敬南 华银 飞碟
浦江镇|浦江|310112114|121.508|31.066|.026|.032|82|江月路 浦驰路 沈杜公路 三鲁公路 陈行公路 浦瑞路 鲁南路 恒南路 浦星公路|世博 永康 召稼 杜行 鲁汇 陈行 江月 汇臻
江川路街道|江川|310112001|121.402|31.010|.026|.012|62|江川路 鹤庆路 剑川路 东川路 沧源路 碧江路 兰坪路 景谷路 华宁路 宾川路|红旗 碧江 鹤庆 金铭 电机 汽轮 昆阳 好第坊
古美路街道|古美|310112006|121.394|31.146|.014|.012|46|古美路 平吉路 平阳路 合川路 万源路 龙茗路 顾戴路 东兰路 古龙路|古龙 平阳 平吉 东兰 万源 古美 平南 华梅
新虹街道|新虹|310112008|121.322|31.192|.018|.012|14|申虹路 申长路 申滨路 宁虹路 华翔路 兴虹路|爱博 华美 航华 红星 万树 申虹
浦锦街道|浦锦|310112009|121.494|31.108|.016|.018|20|浦锦路 芦恒路 浦雪路 浦申路 陈行公路 江汉路|浦恒 芦胜 丁连 塘口 近浦 恒浦""".splitlines()
)
BY_NAME = {town.name: town for town in TOWNS}
SHORT = {town.short: town for town in TOWNS}


class Estate(NamedTuple):
    """An estate as a row of ``estates.csv``."""

    id: str
    name: str
    town: str
    lon: float
    lat: float
    area_code: str


_FIRST = "春 景 佳 兰 沁 锦 丽 绿 瑞 金 银 东 西 南 北 明 华 康 安 和 嘉 秀 翠 碧 云 月 星 晨 晴 竹 荷 桂 松 柏 梅 枫 莲 清 文 福".split()
_SECOND = "城 江 园 庭 泉 溪 湾 桥 塘 浦 川 亭 阳 虹 舟 岸 林 畔 台 里 和 怡 馨 苑".split()
_LAST = "花苑 新村 家园 公寓 佳苑 雅苑 小区 新苑 名邸 花园 华庭 景苑 坊 公馆".split()


@cache
def estates() -> tuple[Estate, ...]:
    """All 818 estates: towns in order, committees of a few neighbours one after the other."""
    rows: list[Estate] = []
    names: set[str] = {"景城花苑"}
    for town in TOWNS:
        rows.extend(_of_town(town, len(rows), names))
    return tuple(rows)


def _of_town(town: Town, start: int, names: set[str]) -> list[Estate]:
    rows: list[Estate] = []
    committee = 0
    while len(rows) < town.count:
        committee += 1
        members = 2 + int(chance("members", town.code, committee) * 5)
        lon, lat = town.point("committee", committee)
        for _ in range(min(members, town.count - len(rows))):
            number = start + len(rows) + 1
            draw = dice("estate", number)
            rows.append(
                Estate(
                    f"mh{number:04d}",
                    "景城花苑" if number == 1 else _name(town, number, names),
                    town.name,
                    round(lon + draw.uniform(-0.0030, 0.0030), 6),
                    round(lat + draw.uniform(-0.0024, 0.0024), 6),
                    f"{town.code}{committee:03d}",
                )
            )
    return rows


def _name(town: Town, number: int, names: set[str]) -> str:
    """A name that no other estate has: some carry their neighbourhood, some a number, as real ones do."""
    draw = dice("name", number)
    while True:
        if draw.random() < 0.35:
            name = draw.choice(town.areas) + draw.choice(_LAST)
            if name.endswith("新村") and draw.random() < 0.7:
                name = name[:-2] + draw.choice("一二三四五六七八") + "村"
        else:
            name = draw.choice(_FIRST) + draw.choice(_SECOND) + draw.choice(_LAST)
        if draw.random() < 0.12:
            name += draw.choice(["一期", "二期", "东区", "西区"])
        if name not in names and len(set(name[:2])) == 2:
            names.add(name)
            return name


def estates_csv() -> bytes:
    """``estates.csv``: UTF-8, one header line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Estate._fields)
    writer.writerows((*e[:3], f"{e.lon:.6f}", f"{e.lat:.6f}", e.area_code) for e in estates())
    return text.getvalue().encode()


def area_codes() -> dict[str, list[Estate]]:
    """The estates of each committee's area code."""
    codes: dict[str, list[Estate]] = {}
    for estate in estates():
        codes.setdefault(estate.area_code, []).append(estate)
    return codes
