//! Fields of the city itself: units, grids, calendar, sites.

use super::{Hint, Part, REMARK, SERIAL, field, following, number, part, repeating, text};

const PHONES: &[&str] = &[
    "联系电话",
    "电话",
    "手机",
    "手机号",
    "手机号码",
    "联系方式",
    "办公电话",
    "电话号码",
    "移动电话",
    "phone",
    "mobile",
    "telephone",
];
const STREETS: &[&str] = &[
    "所属街道(镇)",
    "所属街道",
    "街道(镇)",
    "街道",
    "镇街",
    "乡镇(街道)",
    "街道(乡镇)",
    "所属乡镇",
    "所属镇街",
    "街镇",
    "乡镇街道",
    "街道办",
    "街道办事处",
    "street",
    "town",
];
const COMMUNITIES: &[&str] = &[
    "所属社区(村)",
    "所属社区",
    "社区(村)",
    "社区",
    "村(社区)",
    "村居",
    "社区村",
    "村社区",
    "所在社区",
    "行政村(社区)",
    "community",
    "village",
];

pub(super) const UNITS: &[Part] = &[
    part(
        "unit",
        &[&["name"]],
        &[
            SERIAL,
            text("code", &["单位编码", "编码", "单位代码", "机构编码", "机构代码", "编号", "代码", "unit code", "code"]),
            text(
                "name",
                &[
                    "单位名称",
                    "单位全称",
                    "全称",
                    "机构名称",
                    "部门名称",
                    "单位(部门)",
                    "责任单位名称",
                    "成员单位",
                    "名称",
                    "单位",
                    "部门",
                    "unit",
                    "unit name",
                    "name",
                ],
            ),
            text("short_name", &["简称", "单位简称", "规范简称", "机构简称", "short name", "abbreviation"]),
            field(
                "aliases",
                Hint::List,
                &["曾用名/别称", "曾用名", "别称", "别名", "又称", "原名称", "其他名称", "former name", "aliases"],
            ),
            repeating("unit_kind", &["类别", "单位类别", "单位类型", "单位性质", "机构类型", "类型", "性质", "kind", "type"]),
            repeating("parent", &["上级单位", "上级", "主管单位", "隶属单位", "所属单位", "归口单位", "主管部门", "parent"]),
            text("head", &["第一责任人", "主要负责人", "一把手", "主要领导", "负责人", "单位负责人", "党政主要负责人", "head"]),
            text(
                "officer",
                &[
                    "分管负责人(具体责任人)",
                    "分管负责人",
                    "具体责任人",
                    "分管领导",
                    "直接责任人",
                    "分管责任人",
                    "具体负责人",
                    "officer",
                ],
            ),
            text("liaison", &["联络员", "联系人", "信息员", "工作联络员", "联络人", "经办人", "liaison", "contact"]),
            field("phone", Hint::Phone, PHONES),
            following(
                "head",
                "head_phone",
                Hint::Phone,
                &["第一责任人电话", "第一责任人联系电话", "主要负责人电话", "负责人电话"],
            ),
            following(
                "officer",
                "officer_phone",
                Hint::Phone,
                &["分管负责人电话", "分管领导电话", "具体责任人电话", "分管负责人联系电话"],
            ),
            following("liaison", "liaison_phone", Hint::Phone, &["联络员电话", "联络员联系电话", "联系人电话", "联络员手机"]),
            field("opens_on", Hint::Date, &["成立日期", "启用日期", "设立日期", "生效日期", "open date"]),
            field("closes_on", Hint::Date, &["撤销日期", "停用日期", "失效日期", "撤并日期", "close date"]),
            REMARK,
        ],
    ),
    part(
        "grid_staff",
        &[&["name"], &["worker", "head", "code"]],
        &[
            SERIAL,
            text("code", &["网格编码", "网格编号", "网格代码", "网格号", "grid code"]),
            text("name", &["网格名称", "网格", "所属网格", "网格全称", "grid", "grid name"]),
            repeating("street", STREETS),
            repeating("community", COMMUNITIES),
            text("head", &["网格长", "网格负责人", "grid head"]),
            text("worker", &["网格员", "专职网格员", "网格员姓名", "grid worker"]),
            field("phone", Hint::Phone, PHONES),
            following("head", "head_phone", Hint::Phone, &["网格长电话", "网格长联系电话"]),
            following("worker", "worker_phone", Hint::Phone, &["网格员电话", "网格员联系电话"]),
            field("households", Hint::Integer, &["覆盖户数", "户数", "居民户数", "households"]),
            REMARK,
        ],
    ),
    part(
        "task_force",
        &[&["name"], &["members", "leader", "member_units"]],
        &[
            SERIAL,
            text("name", &["工作组", "工作组名称", "专班", "专班名称", "专项组", "专项工作组", "组别", "task force"]),
            text("leader", &["组长", "负责人", "牵头领导", "组长姓名", "leader"]),
            text("lead_unit", &["牵头单位", "牵头部门", "lead unit"]),
            field("member_units", Hint::List, &["成员单位", "配合单位", "责任单位", "参与单位", "member units"]),
            field(
                "members",
                Hint::List,
                &["抽调人员(姓名·单位·电话)", "抽调人员", "成员", "组员", "抽调人员名单", "工作人员", "members"],
            ),
            text("duties", &["主要职责", "工作职责", "职责", "任务分工", "duties"]),
            REMARK,
        ],
    ),
    part(
        "pairing",
        &[&["leader", "unit"], &["community", "street", "site"]],
        &[
            SERIAL,
            repeating("street", STREETS),
            repeating("community", COMMUNITIES),
            text("site", &["包联点位", "点位名称", "点位", "site"]),
            repeating(
                "leader",
                &["包联市领导", "包联领导", "包保领导", "联系领导", "挂点领导", "包联县领导", "包联区领导", "市领导", "leader"],
            ),
            repeating("position", &["职务", "领导职务", "position"]),
            repeating("unit", &["包联单位", "包保单位", "联系单位", "挂点单位", "结对单位", "帮扶单位", "包联部门", "unit"]),
            field(
                "starts_on",
                Hint::Date,
                &["起始日期", "开始日期", "包联开始日期", "起始时间", "开始时间", "start date", "from"],
            ),
            field("ends_on", Hint::Date, &["截止日期", "结束日期", "终止日期", "结束时间", "end date", "to"]),
            REMARK,
        ],
    ),
];

pub(super) const GRIDS: &[Part] = &[part(
    "grid",
    &[&["geometry"], &["name", "code"]],
    &[
        text("level", &["level", "层级", "级别", "类型", "网格层级", "type"]),
        text("code", &["code", "编码", "网格编码", "网格编号", "区划代码", "代码", "id", "gridcode"]),
        text("name", &["name", "名称", "网格名称", "网格", "gridname", "区域名称"]),
        text("parent", &["parent", "上级编码", "上级", "父级编码", "所属", "parent code"]),
        text("datum", &["collection/datum", "collection/crs", "datum", "坐标系", "坐标系统"]),
        field("geometry", Hint::Json, &["geometry", "边界", "几何", "范围", "坐标串", "geojson"]),
    ],
)];

const DATES: &[&str] = &["date", "日期", "value", "放假日期", "调休日期", "day"];
const DAY_NAMES: &[&str] = &["name", "节日", "节日名称", "名称", "假期", "for_holiday", "说明", "备注"];

pub(super) const CALENDAR: &[Part] = &[
    Part {
        sheets: &["days_off", "holidays", "放假", "节假日", "休息日", "假日"],
        ..part(
            "day_off",
            &[&["date"]],
            &[
                field("date", Hint::Date, DATES),
                text("name", DAY_NAMES),
                text("weekend", &["weekend", "周末", "是否周末"]),
                text("path", &["path"]),
            ],
        )
    },
    Part {
        sheets: &["make_up_working_days", "make_up_days", "workdays", "make up days", "调休", "补班", "上班"],
        ..part("make_up_day", &[&["date"]], &[field("date", Hint::Date, DATES), text("name", DAY_NAMES), text("path", &["path"])])
    },
    part(
        "day",
        &[&["date"], &["day_kind"]],
        &[
            SERIAL,
            field("date", Hint::Date, DATES),
            text("day_kind", &["类型", "日期类型", "是否工作日", "安排", "性质", "kind", "type", "holiday", "working"]),
            text("name", DAY_NAMES),
            text("weekday", &["星期", "周几", "weekday"]),
        ],
    ),
    Part {
        sheets: &["working_segments", "segments", "工作时间", "上班时间", "作息"],
        ..part(
            "segment",
            &[&["from"], &["to"]],
            &[
                text("from", &["from", "start", "value_1", "开始", "开始时间", "上班", "上班时间"]),
                text("to", &["to", "end", "value_2", "结束", "结束时间", "下班", "下班时间"]),
                text("path", &["path"]),
            ],
        )
    },
    Part {
        sheets: &["."],
        ..part(
            "setting",
            &[&["timezone", "working_days_in_year"]],
            &[
                text("timezone", &["timezone", "时区", "tz"]),
                text("title", &["title", "标题", "名称"]),
                field("working_days_in_year", Hint::Integer, &["working_days_in_year", "工作日总数"]),
                text("path", &["path"]),
            ],
        )
    },
];

pub(super) const SITES: &[Part] = &[part(
    "site",
    &[&["name"]],
    &[
        SERIAL,
        text("code", &["点位编号", "点位编码", "点位代码", "编号", "编码", "site code", "code"]),
        text("name", &["点位名称", "点位", "名称", "单位名称", "场所名称", "实地点位", "检查点位", "site", "site name", "name"]),
        repeating("site_type", &["点位类型", "点位类别", "类型", "类别", "场所类型", "点位分类", "site type", "type"]),
        text("address", &["地址", "详细地址", "点位地址", "位置", "具体位置", "地点", "所在地址", "address", "location"]),
        number("longitude", &["经度", "坐标/经度", "lng", "lon", "longitude", "x", "东经", "经度(e)"]),
        number("latitude", &["纬度", "坐标/纬度", "lat", "latitude", "y", "北纬", "纬度(n)"]),
        text("coordinates", &["经纬度", "坐标", "坐标点", "经纬度坐标", "定位", "gps", "coordinates"]),
        text("datum", &["坐标系", "坐标系统", "坐标类型", "坐标来源", "datum", "crs"]),
        repeating("street", STREETS),
        repeating("community", COMMUNITIES),
        text("grid", &["所属网格", "网格", "所在网格", "网格名称", "grid"]),
        repeating(
            "industry_unit",
            &[
                "行业主管部门",
                "行业主管单位",
                "行业部门",
                "主管部门",
                "主管单位",
                "行业单位",
                "牵头单位",
                "行业责任单位",
                "industry unit",
            ],
        ),
        repeating(
            "territorial_unit",
            &["属地责任单位", "属地单位", "属地", "属地管理单位", "责任单位", "管理单位", "属地街道", "territorial unit"],
        ),
        text("chief", &["点位长", "点长", "点位负责人", "现场负责人", "负责人", "责任人", "site chief"]),
        field("phone", Hint::Phone, PHONES),
        repeating("paired_unit", &["包联单位", "包保单位", "联系单位", "挂点单位", "结对单位", "paired unit"]),
        repeating("paired_leader", &["包联领导", "包联市领导", "包保领导", "挂点领导", "联系领导", "paired leader"]),
        text("shape", &["点位形态", "形态", "几何类型", "shape"]),
        REMARK,
    ],
)];

pub(super) const PARTIES: &[Part] = &[part(
    "party",
    &[&["name"], &["street", "community", "unit", "site"]],
    &[
        SERIAL,
        text(
            "name",
            &[
                "责任主体名称",
                "责任主体",
                "主体名称",
                "商户名称",
                "商铺名称",
                "店铺名称",
                "门店名称",
                "店名",
                "商户",
                "物业企业",
                "物业公司",
                "物业服务企业",
                "企业名称",
                "单位名称",
                "名称",
                "字号",
                "招牌",
                "responsible party",
                "name",
                "shop",
                "firm",
            ],
        ),
        repeating("party_kind", &["主体类别", "主体类型", "类别", "类型", "性质", "kind", "type"]),
        text("contact", &["联系人", "经营者", "店主", "负责人", "责任人", "法定代表人", "法人", "项目经理", "contact"]),
        field("phone", Hint::Phone, PHONES),
        text(
            "address",
            &[
                "地址",
                "详细地址",
                "经营地址",
                "店铺地址",
                "门店地址",
                "门牌号",
                "门牌",
                "位置",
                "具体位置",
                "address",
                "location",
            ],
        ),
        text("site", &["点位编号", "点位名称", "点位", "所在点位", "site", "site code", "site name"]),
        repeating("street", STREETS),
        repeating("unit", &["所属街道社区", "街道社区", "所属单位", "属地单位", "属地", "street or community", "unit"]),
        repeating("community", COMMUNITIES),
        REMARK,
    ],
)];
