"""The demonstration's units: 潍坊市 with its counties, functional zones, some streets and villages.

Keys are our own (a functional zone has no division code, and codes change). The bureau enters its
own tree; nothing depends on this one.
"""

from __future__ import annotations

from engine.model.people import Unit

_CITY = ("weifang", "潍坊市")

_COUNTIES = (
    ("kuiwen", "奎文区"),
    ("weicheng", "潍城区"),
    ("hanting", "寒亭区"),
    ("fangzi", "坊子区"),
    ("qingzhou", "青州市"),
    ("zhucheng", "诸城市"),
    ("shouguang", "寿光市"),
    ("anqiu", "安丘市"),
    ("gaomi", "高密市"),
    ("changyi", "昌邑市"),
    ("linqu", "临朐县"),
    ("changle", "昌乐县"),
    ("gaoxin", "高新区"),
    ("binhai", "滨海区"),
    ("xiashan", "峡山区"),
    ("baoshui", "综合保税区"),
)

_STREETS = (
    ("kuiwen-dongguan", "东关街道"),
    ("kuiwen-guangwen", "广文街道"),
    ("kuiwen-dayu", "大虞街道"),
    ("kuiwen-weizhoulu", "潍州路街道"),
    ("weicheng-xiguan", "西关街道"),
    ("weicheng-chengguan", "城关街道"),
    ("weicheng-nanguan", "南关街道"),
    ("weicheng-beiguan", "北关街道"),
    ("weicheng-yuhe", "于河街道"),
    ("hanting-hanting", "寒亭街道"),
    ("fangzi-fenghuang", "凤凰街道"),
    ("qingzhou-wangfu", "王府街道"),
    ("qingzhou-miaozi", "庙子镇"),
    ("zhucheng-mizhou", "密州街道"),
    ("shouguang-shengcheng", "圣城街道"),
    ("anqiu-xinan", "新安街道"),
    ("gaomi-chaoyang", "朝阳街道"),
    ("changyi-kuiju", "奎聚街道"),
    ("linqu-chengguan", "城关街道"),
    ("linqu-yishan", "沂山镇"),
    ("changle-baodu", "宝都街道"),
    ("gaoxin-xincheng", "新城街道"),
    ("binhai-dajiawa", "大家洼街道"),
    ("xiashan-taibaozhuang", "太保庄街道"),
)

_VILLAGES = (
    ("weicheng-xiguan-beigong", "北宫社区"),
    ("weicheng-xiguan-aiguolu", "爱国路社区"),
    ("weicheng-chengguan-youhaolu", "友好路社区"),
    ("kuiwen-dongguan-houmenjie", "后门街社区"),
    ("kuiwen-guangwen-yuanxiaojie", "院校街社区"),
    ("linqu-yishan-dongzhenmiao", "东镇庙村"),
    ("qingzhou-miaozi-huangluojing", "黄鹿井村"),
    ("xiashan-taibaozhuang-taibaozhuang", "太保庄村"),
)


def demo_units() -> tuple[Unit, ...]:
    """The tree from its root down; a key's parent is the key without its last part."""
    city = Unit(key=_CITY[0], name=_CITY[1], level="city", parent=None)
    counties = [
        Unit(key=key, name=name, level="county", parent=city.key) for key, name in _COUNTIES
    ]
    below = [
        Unit(key=key, name=name, level=level, parent=key.rpartition("-")[0])
        for level, listed in (("street", _STREETS), ("village", _VILLAGES))
        for key, name in listed
    ]
    return (city, *counties, *below)
