//! Fields of the standards: site types and checklists, editions of a framework.

use super::{Hint, Part, REMARK, SERIAL, Totals, field, number, part, repeating, text};

pub(super) const CHECKLISTS: &[Part] = &[
    part(
        "item",
        &[&["content"]],
        &[
            SERIAL,
            repeating("site_type", &["点位类型", "点位类别", "场所类型", "类型", "点位", "site type"]),
            text("code", &["编号", "检查项编号", "项目编号", "编码", "item code", "code"]),
            text(
                "content",
                &[
                    "检查内容",
                    "检查项目",
                    "检查项",
                    "测评内容",
                    "检查要点",
                    "检查标准",
                    "内容",
                    "要求",
                    "标准要求",
                    "content",
                    "item",
                ],
            ),
            field(
                "phrases",
                Hint::List,
                &["典型问题(点选短语)", "典型问题", "常见问题", "问题短语", "问题示例", "扣分情形", "phrases"],
            ),
            field(
                "civilized_criteria",
                Hint::List,
                &[
                    "文明城市标准",
                    "对应文明城市标准",
                    "文明城市测评标准",
                    "对应测评标准",
                    "文明标准",
                    "对应标准",
                    "标准编号",
                    "criteria",
                ],
            ),
            text("civilized_edition", &["文明城市版本", "文明城市标准版本", "civilized edition"]),
            text("hygienic_edition", &["卫生城市版本", "卫生城市标准版本", "hygienic edition"]),
            field("hygienic_criteria", Hint::List, &["卫生城市条款", "对应卫生城市条款", "卫生城市标准", "卫生条款", "articles"]),
            text("rule", &["评判方式", "评分方式", "计分方式", "判定方式", "评判标准", "计分规则", "rule"]),
            text("photo_required", &["不合格须拍照", "是否拍照", "须拍照", "拍照要求", "是否必须拍照", "拍照", "photo required"]),
            text("carve_out", &["例外说明", "例外", "除外情形", "不计情形", "豁免", "carve out", "exception"]),
            text("path", &["检查路径", "路径", "路线", "检查路线", "抽查方式", "检查范围", "path"]),
            REMARK,
        ],
    ),
    part(
        "site_type",
        &[&["name"], &["shape", "industry_unit", "group", "site_count", "item_count"]],
        &[
            SERIAL,
            repeating("group", &["类别", "大类", "分类", "点位大类", "group"]),
            text("name", &["点位类型", "类型名称", "类型", "点位类别", "小类", "site type", "name"]),
            text("shape", &["点位形态", "形态", "几何类型", "shape"]),
            repeating("industry_unit", &["行业主管部门", "行业主管单位", "行业部门", "主管部门", "牵头单位", "industry unit"]),
            field("item_count", Hint::Integer, &["检查项数", "检查项数量", "项目数", "检查项", "items"]),
            field("site_count", Hint::Integer, &["点位数量", "点位数", "数量", "总数", "sites"]),
            REMARK,
        ],
    ),
];

const LEADS: &[&str] = &["牵头单位", "牵头部门", "牵头责任单位", "责任领导单位", "主责单位", "主办单位", "lead", "lead unit"];
const SUPPORTS: &[&str] =
    &["责任单位", "配合单位", "责任部门", "协办单位", "配合部门", "参与单位", "协同单位", "support", "support units"];

pub(super) const FRAMEWORK: &[Part] = &[
    Part {
        totals: Totals::Delivered,
        ..part(
            "criterion",
            &[&["criterion"], &["item", "content", "board"]],
            &[
                SERIAL,
                text("code", &["编号", "标准编号", "指标编号", "指标代码", "代码", "code"]),
                repeating("board", &["板块", "方面", "领域", "类别", "大类", "部分", "board", "section"]),
                repeating("item", &["测评项目", "项目", "条款", "一级指标", "指标名称", "测评指标", "考核项目", "条目", "item"]),
                repeating("content", &["测评内容", "内容", "二级指标", "考核内容", "主要内容", "content"]),
                text(
                    "criterion",
                    &[
                        "测评标准",
                        "标准",
                        "指标",
                        "三级指标",
                        "具体标准",
                        "测评标准及要求",
                        "标准要求",
                        "考核标准",
                        "标准内容",
                        "具体要求",
                        "criterion",
                        "standard",
                        "indicator",
                    ],
                ),
                field(
                    "methods",
                    Hint::List,
                    &["测评方式", "测评方法", "考核方法", "考核方式", "评价方式", "评估方法", "检查方式", "methods", "method"],
                ),
                field(
                    "methods_and_points",
                    Hint::List,
                    &[
                        "测评方式及分值",
                        "测评方式(分值)",
                        "测评方法及分值",
                        "测评方式与分值",
                        "方式及分值",
                        "测评方式和分值",
                        "methods and points",
                    ],
                ),
                number("points", &["分值", "标准分", "分数", "满分", "权重", "总分值", "标准分值", "points", "score"]),
                number(
                    "points_on_site",
                    &[
                        "分值/实地考察",
                        "分值/实地",
                        "实地考察/分值",
                        "实地考察分值",
                        "实地分值",
                        "实地考察(分)",
                        "实地考察",
                        "points/on site",
                    ],
                ),
                number(
                    "points_filing",
                    &[
                        "分值/网上申报",
                        "分值/网申",
                        "分值/材料审核",
                        "网上申报/分值",
                        "网上申报分值",
                        "网申分值",
                        "材料审核分值",
                        "网上申报",
                        "材料审核",
                        "points/filing",
                    ],
                ),
                number(
                    "points_survey",
                    &[
                        "分值/问卷调查",
                        "分值/问卷",
                        "问卷调查/分值",
                        "问卷调查分值",
                        "问卷分值",
                        "入户调查分值",
                        "问卷调查",
                        "points/survey",
                    ],
                ),
                number("points_opinion", &["分值/民意调查", "民意调查分值", "民意测评", "满意度测评分值", "points/opinion"]),
                number(
                    "points_statistic",
                    &["分值/统计数据", "统计数据分值", "数据核查分值", "分值/数据核查", "points/statistic"],
                ),
                text(
                    "rule",
                    &[
                        "计分规则",
                        "评分标准",
                        "评分细则",
                        "计分方法",
                        "打分标准",
                        "扣分标准",
                        "计分办法",
                        "评分办法",
                        "评分规则",
                        "rule",
                        "scoring",
                    ],
                ),
                text("rule_data", &["规则数据", "rule data"]),
                field(
                    "site_types",
                    Hint::List,
                    &["点位类型", "检查点位", "测评点位", "考察点位", "实地点位", "点位", "涉及点位", "site types"],
                ),
                field("lead", Hint::List, LEADS),
                field("support", Hint::List, SUPPORTS),
                text("remark", &["备注", "备注(含变化说明)", "说明", "变化说明", "附注", "注释", "解释", "remark", "note"]),
            ],
        )
    },
    part(
        "negative_item",
        &[&["situation"], &["treatment", "deduction", "category"]],
        &[
            SERIAL,
            repeating("category", &["类别", "类型", "清单类别", "category"]),
            text(
                "situation",
                &["负面情形", "情形", "负面清单", "具体情形", "负面清单内容", "负面情况", "内容", "事项", "situation"],
            ),
            repeating(
                "treatment",
                &["处理方式", "处理", "处理办法", "处理措施", "扣分标准", "结果运用", "处置方式", "treatment"],
            ),
            number("deduction", &["扣分值", "扣分", "扣减分值", "每起扣分", "deduction"]),
            repeating("authority", &["认定单位", "认定部门", "责任单位", "牵头单位", "依据单位", "authority"]),
            REMARK,
        ],
    ),
    part(
        "edition_setting",
        &[&["setting"], &["value"]],
        &[text("setting", &["版本设置项", "edition setting"]), text("value", &["版本设置值", "edition value"])],
    ),
];
