use super::*;

fn refused<T>(read: Result<T, Unreadable>) -> &'static str {
    read.err().map_or("read", |error| error.code())
}

#[test]
fn points_are_read_however_they_are_written() {
    for (text, read) in [
        ("０．８０分", "0.8"),
        ("0.80分", "0.8"),
        (" 0.5", "0.5"),
        ("\u{3000}1.2\u{a0}", "1.2"),
        ("０．４０", "0.4"),
        ("0.7 分", "0.7"),
        ("－0.1", "-0.1"),
        ("−0.1", "-0.1"),
        ("3", "3"),
    ] {
        assert_eq!(points(text).unwrap().to_string(), read, "{text}");
    }
    for (text, code) in [
        ("", "value_missing"),
        (" \u{3000}\n", "value_missing"),
        ("待定", "value_placeholder"),
        ("—", "value_placeholder"),
        ("0.8/0.4", "value_unreadable"),
        ("0,8", "value_unreadable"),
        ("约0.8", "value_unreadable"),
        ("0.8分（实地）", "value_unreadable"),
        ("1/2", "value_unreadable"),
    ] {
        assert_eq!(refused(points(text)), code, "{text}");
    }
}

#[test]
fn deductions_percentages_and_counts() {
    for (text, read) in [("0.1", "0.1"), ("-0.05", "0.05"), ("0.1分", "0.1"), ("扣０．２分", "0.2")] {
        assert_eq!(deduction(text).unwrap().to_string(), read, "{text}");
    }
    assert_eq!(refused(deduction("扣")), "value_unreadable");
    assert_eq!(percentage("88.4％").unwrap().to_string(), "88.4");
    assert_eq!(refused(percentage("88.4")), "value_unreadable");
    for (text, read) in [("12", 12), ("１２个", 12), ("12.0", 12), ("十二", 12), ("二十", 20), ("三十五处", 35), ("两", 2)]
    {
        assert_eq!(count(text), Ok(read), "{text}");
    }
    for text in ["十十", "一二", "百", "1.5", "-1", "零十"] {
        assert_eq!(refused(count(text)), "value_unreadable", "{text}");
    }
}

#[test]
fn limits_say_which_clock_runs() {
    for (text, read) in [
        ("4工作时", Limit::WorkingHours { count: 4 }),
        ("24小时", Limit::NaturalHours { count: 24 }),
        ("24 小时内", Limit::NaturalHours { count: 24 }),
        ("3个工作日", Limit::WorkingDays { count: 3 }),
        ("１０个工作日", Limit::WorkingDays { count: 10 }),
        ("五个工作日内", Limit::WorkingDays { count: 5 }),
        ("5天", Limit::NaturalDays { count: 5 }),
        ("十五日以内", Limit::NaturalDays { count: 15 }),
        ("2个工作小时", Limit::WorkingHours { count: 2 }),
    ] {
        assert_eq!(limit(text), Ok(read), "{text}");
    }
    for text in ["尽快", "半天", "5", "工作日", "3-5天", "3个月", "一个半工作日"] {
        assert_eq!(refused(limit(text)), "value_unreadable", "{text}");
    }
}

#[test]
fn names_are_closed_up_and_telephones_bare() {
    let note = |value: &str, remark: Option<&str>| Ok(Noted { value: value.to_owned(), remark: remark.map(str::to_owned) });
    assert_eq!(person_name("李\u{3000}明"), note("李明", None));
    assert_eq!(person_name(" 尹 栩 蓉（兼）"), note("尹栩蓉", Some("兼")));
    assert_eq!(person_name("阿依古丽·买买提"), note("阿依古丽·买买提", None));
    assert_eq!(person_name("John  Smith"), note("John Smith", None));
    for (text, code) in [
        ("", "value_missing"),
        ("待定", "value_placeholder"),
        ("李", "value_unreadable"),
        ("李明19900000000", "value_unreadable"),
        ("李明、王芳", "value_unreadable"),
    ] {
        assert_eq!(refused(person_name(text)), code, "{text}");
    }
    for text in
        ["19900006596", "199 0000 6596", "199-0000-6596", "１９９－００００－６５９６", "+86 199 0000 6596", "19900006596.0"]
    {
        assert_eq!(telephone(text), note("19900006596", None), "{text}");
    }
    assert_eq!(telephone("199 0000 6596（微信同号）"), note("19900006596", Some("微信同号")));
    assert_eq!(telephone("0000-8812319"), note("0000-8812319", None));
    assert_eq!(telephone("07168812319"), note("0716-8812319", None));
    assert_eq!(telephone("010 88123190"), note("010-88123190", None));
    assert_eq!(telephone("12345"), note("12345", None));
    for text in ["1990000659", "199000065961", "abc", "199-0000-6596/199-0000-6597"] {
        assert_eq!(refused(telephone(text)), "value_unreadable", "{text}");
    }
}

#[test]
fn lists_hold_brackets_together() {
    let cases: [(&str, &[&str]); 4] = [
        ("市教育局、\n市住建局；各街道（镇）", &["市教育局", "市住建局", "各街道（镇）"]),
        (" 实地考察\r\n网上申报 ", &["实地考察", "网上申报"]),
        ("甲（乙、丙），丁;", &["甲（乙、丙）", "丁"]),
        ("\u{3000}", &[]),
    ];
    for (text, entries) in cases {
        assert_eq!(list(text), entries, "{text}");
    }
}

#[test]
fn yes_and_no() {
    assert_eq!((yes_no(" 是 "), yes_no("否"), yes_no("√"), yes_no("Ｎ")), (Ok(true), Ok(false), Ok(true), Ok(false)));
    assert_eq!((refused(yes_no("")), refused(yes_no("视情况"))), ("value_missing", "value_unreadable"));
}

#[test]
fn dates_of_every_form() {
    for text in [
        "2025-03-01",
        "2025/3/1",
        "2025.3.1",
        "2025年3月1日",
        "２０２５年３月１日",
        "2025 年 3 月 1 日",
        "2025-03-01 00:00:00",
        "2025-03-01T08:30:00",
        "20250301",
        "45717",
        "45717.0",
        " 3月1日",
        "3月1号",
    ] {
        assert_eq!(date(text, Some(2025)).unwrap().to_string(), "2025-03-01", "{text}");
    }
    for (text, code) in [
        ("8月19日", "value_unreadable"),
        ("2025-02-29", "value_unreadable"),
        ("25/3/1", "value_unreadable"),
        ("2025年3月", "value_unreadable"),
        ("3月底", "value_unreadable"),
        ("0.5", "value_unreadable"),
        ("12", "value_unreadable"),
        ("2025-03-01 上午", "value_unreadable"),
        ("2025-3-1-2", "value_unreadable"),
        ("", "value_missing"),
    ] {
        assert_eq!(refused(date(text, None)), code, "{text}");
    }
}

#[test]
fn times_of_every_form() {
    for text in [
        "2025-06-04 08:56:00",
        "2025/6/4 8:56",
        "2025年6月4日 8时56分",
        "2025-06-04T08:56:00",
        "2025年6月4日8点56分0秒",
        "45812.3722222222",
    ] {
        assert_eq!(date_time(text).unwrap().to_string(), "2025-06-04 08:56:00", "{text}");
    }
    for text in ["2025-06-04", "2025/6/4 25:00", "8:56", "45812", "2025-06-04 下午"] {
        assert_eq!(refused(date_time(text)), "value_unreadable", "{text}");
    }
    assert_eq!(date_time_from_serial("45812.999999999").unwrap().to_string(), "2025-06-05 00:00:00");
}
