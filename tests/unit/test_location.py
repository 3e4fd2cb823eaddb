"""Places in talk: what is read, what must not be, and that hostile text stays cheap."""

from __future__ import annotations

import pytest

from nlu.location import Place, Reading, read_place
from nlu.numerals import fold, read_number

PLACES = {
    "三号楼二单元": "building=3 unit=2",
    "三号楼电梯又坏了": "building=3",
    "3#2单元501": "building=3 unit=2 room=501",
    "3-2-501": "building=3 unit=2 room=501",
    "叁幢": "building=3",
    "五栋三零一": "building=5 room=301",
    "12栋楼下": "building=12",
    "A座": "building=A",
    "12A栋": "building=12A",
    "3-2": "building=3 unit=2",
    "3-2电梯坏了": "building=3 unit=2",
    "二楼灯不亮": "floor=2",
    "2楼灯不亮": "floor=2",
    "二号楼停水": "building=2",
    "2栋": "building=2",
    "2幢停电": "building=2",
    "2#": "building=2",
    "2座": "building=2",
    "幸福里二期": "estate=幸福里二期",
    "阳光花园": "estate=阳光花园",
    "东苑小区的路灯坏了": "estate=东苑小区",
    "南门": "landmark=南门",
    "地下车库": "landmark=地下车库",
    "儿童乐园": "landmark=儿童乐园",
    "小广场有人吵": "landmark=小广场",
    "垃圾房": "landmark=垃圾房",
    "凉亭": "landmark=凉亭",
    "门口的超市太吵": "landmark=门口的超市",
    "３号樓２單元": "building=3 unit=2",
    "十二号楼": "building=12",
    "二十一幢": "building=21",
    "1号楼1单元101室": "building=1 unit=1 room=101",
    "1-1-101": "building=1 unit=1 room=101",
    "3-2-501 李姐": "building=3 unit=2 room=501",
    "幸福里3号楼群": "estate=幸福里 building=3",
    "阳光花园二期业主群": "estate=阳光花园二期",
    "5栋2单元邻居": "building=5 unit=2",
    "5-201-张三": "building=5 room=201",
    "12B-1102": "building=12B room=1102",
    "3＃楼": "building=3",
    "B2车库": "floor=-2 landmark=B2车库",
    "负一层": "floor=-1",
    "地下一层积水": "floor=-1",
    "二楼平台": "floor=2 landmark=平台",
    "5-201漏水": "building=5 room=201",
    "2号门": "landmark=2号门",
    "解放路": "landmark=解放路",
    "解放路上堵车": "landmark=解放路",
    "菜市场门口": "landmark=菜市场门口",
    "幼儿园门口": "landmark=幼儿园门口",
    "超市门口": "landmark=超市门口",
    "公交站": "landmark=公交站",
    "三號樓二單元漏水": "building=3 unit=2",
    "幸福里3号楼2单元501室漏水": "estate=幸福里 building=3 unit=2 room=501",
    "3号楼10楼1002": "building=3 floor=10 room=1002",
    "3、5号楼停水": "building=3",
    "1-3号楼停水": "building=1",
    "3号楼和5号楼2单元": "building=3",
    "3号楼停水，2单元最严重": "building=3 unit=2",
    "3-2单元501": "building=3 unit=2 room=501",
    "我家3栋2-501": "building=3 unit=2 room=501",
    "3栋-2-501": "building=3 unit=2 room=501",
    "3#-2-501": "building=3 unit=2 room=501",
    "五栋二单元五零一": "building=5 unit=2 room=501",
    "3栋2门501": "building=3 unit=2 room=501",
    "3栋2梯501": "building=3 unit=2 room=501",
    "3楼2单元501": "building=3 unit=2 room=501",
    "3号2单元501": "building=3 unit=2 room=501",
    "楼上1202天天吵": "room=1202",
    "住501": "room=501",
    "501室漏水": "room=501",
    "3号楼2号电梯坏了": "building=3",
    "3号楼东门": "building=3 landmark=东门",
    "小区门口": "landmark=小区门口",
    "幸福里小区二期5栋": "estate=幸福里小区二期 building=5",
    "二期3号楼": "estate=二期 building=3",
    "A区3栋": "estate=A区 building=3",
    "阳光花园A区3栋": "estate=阳光花园A区 building=3",
    "我家住翠湖花园": "estate=翠湖花园",
    "昨天晚上翠湖花园停电": "estate=翠湖花园",
    "长春市朝阳区幸福里小区3号楼": "estate=幸福里小区 building=3",
    "我们都在和谐家园住": "estate=和谐家园",
    "3️⃣号楼": "building=3",
    "第三栋": "building=3",
    "501业主": "room=501",
    "地下二层车库": "floor=-2 landmark=车库",
    "-1层": "floor=-1",
    "3F": "floor=3",
    "地下车库B2": "floor=-2 landmark=地下车库",
    "负一车库": "floor=-1 landmark=车库",
    "翡翠湾业主群": "estate=翡翠湾",
    "碧桂园5栋": "estate=碧桂园 building=5",
    "万达广场": "landmark=万达广场",
    "人民大街": "landmark=人民大街",
    "万科二期3号楼": "estate=万科二期 building=3",
    "3号楼楼顶": "building=3 landmark=楼顶",
    "12栋1202": "building=12 room=1202",
    "还有12栋的灯也不亮": "building=12",
    "5号楼的501": "building=5 room=501",
    "３－２－５０１": "building=3 unit=2 room=501",
    "3—2—501": "building=3 unit=2 room=501",
    "3 - 2 - 501": "building=3 unit=2 room=501",
    "A-1201": "building=A room=1201",
    "三单元": "unit=3",
    "三单元五楼": "unit=3 floor=5",
    "恒大名都业主群": "estate=恒大名都",
    "和3号楼": "building=3",
    "周一3号楼停水": "building=3",
    "一二号楼": "building=1",
    "12F栋": "building=12F",
    "三号楼2单元门禁坏了": "building=3 unit=2",
    "3号楼 2单元 501": "building=3 unit=2 room=501",
    "3号楼2单元5楼漏水": "building=3 unit=2 floor=5",
    "三号楼三楼灯坏了": "building=3 floor=3",
    "15栋旁边的垃圾站": "building=15 landmark=垃圾站",
    "小区北门口堆垃圾": "landmark=北门口",
    "东门外面有人摆摊": "landmark=东门",
    "北门保安态度差": "landmark=北门",
    "2号楼前面的小广场": "building=2 landmark=小广场",
    "3栋和4栋之间": "building=3",
    "地面停车场": "landmark=地面停车场",
    "A区车库": "landmark=A区车库",
    "B1车库": "floor=-1 landmark=B1车库",
    "幸福里三号楼": "estate=幸福里 building=3",
    "安贞里5栋": "estate=安贞里 building=5",
    "我住在幸福里3-2-501": "estate=幸福里 building=3 unit=2 room=501",
    "幸福里3-2-501 王": "estate=幸福里 building=3 unit=2 room=501",
    "金色家园3栋2单元": "estate=金色家园 building=3 unit=2",
    "在阳光公寓A座1203": "estate=阳光公寓 building=A room=1203",
    "万科城二期": "estate=万科城二期",
    "保利城3号楼": "estate=保利城 building=3",
    "东苑3号楼": "estate=东苑 building=3",
    "五号楼顶楼漏水": "building=5",
    "8栋1单元1楼大厅灯不亮": "building=8 unit=1 floor=1 landmark=大厅",
    "九号楼地下室进水": "building=9 landmark=地下室",
    "3栋地下室": "building=3 landmark=地下室",
    "电梯间": "landmark=电梯间",
    "快递柜旁边": "landmark=快递柜",
    "充电桩坏了": "landmark=充电桩",
    "健身区器材坏了": "landmark=健身区",
    "中心花园": "landmark=中心花园",
    "花园里有蛇": "landmark=花园",
    "小区花园": "landmark=花园",
    "滨江花园小区": "estate=滨江花园小区",
    "桂花苑": "estate=桂花苑",
    "阳光花园（二期）": "estate=阳光花园（二期）",
    "3号楼李姐": "building=3",
    "3栋-501": "building=3 room=501",
    "3栋/501": "building=3 room=501",
    "3栋501室": "building=3 room=501",
    "5#301": "building=5 room=301",
    "05栋": "building=5",
    "3-02-0501": "building=3 unit=2 room=501",
    "3栋02单元": "building=3 unit=2",
    "7号楼三单元六楼西户": "building=7 unit=3 floor=6",
    "二单元": "unit=2",
    "贰单元": "unit=2",
    "3号楼1-3单元停水": "building=3 unit=1",
    "1、2单元停水": "unit=1",
    "三单元302": "unit=3 room=302",
    "3单元302漏水": "unit=3 room=302",
    "3楼302": "floor=3 room=302",
    "502室": "room=502",
    "13号楼二单元门口": "building=13 unit=2",
    "3号楼单元门": "building=3",
    "3号樓２單元５０１室": "building=3 unit=2 room=501",
    "東苑小區": "estate=東苑小區",
    "陽光花園": "estate=陽光花園",
    "翠苑新村8幢": "estate=翠苑新村 building=8",
    "3号楼第2单元": "building=3 unit=2",
    "解放路12号": "landmark=解放路12号",
    "建设大街和人民路路口": "landmark=人民路",
    "公园门口": "landmark=公园门口",
    "学校门口": "landmark=学校门口",
    "楼下超市": "landmark=楼下超市",
    "对面的烧烤店油烟": "landmark=对面的烧烤店",
    "隔壁工地": "landmark=隔壁工地",
    "二号门": "landmark=二号门",
    "西门门卫": "landmark=西门",
    "后门": "landmark=后门",
    "大门口": "landmark=大门口",
    "东北门": "landmark=东北门",
    "篮球场": "landmark=篮球场",
    "公交站牌": "landmark=公交站",
    "十字路口": "landmark=十字路口",
    "8号楼西侧": "building=8",
    "3号楼后面的垃圾桶": "building=3",
    "10栋10楼": "building=10 floor=10",
    "6栋601，水管爆了": "building=6 room=601",
    "6栋,水管爆了": "building=6",
    "六栋六零一水管爆了": "building=6 room=601",
    "6栋6楼601": "building=6 floor=6 room=601",
    "3-2楼道灯不亮": "building=3 unit=2",
    "3-2天然气味道": "building=3 unit=2",
    "3-2家里漏水": "building=3 unit=2",
    "3-2张姐": "building=3 unit=2",
    "3-201张姐": "building=3 room=201",
    "3-2-501张姐": "building=3 unit=2 room=501",
    "2-1102室": "building=2 room=1102",
    "2-1-1102李": "building=2 unit=1 room=1102",
    "我是3号楼2单元501的王阿姨": "building=3 unit=2 room=501",
    "6幢2单元602室的业主": "building=6 unit=2 room=602",
    "C栋": "building=C",
    "c座1801": "building=C room=1801",
    "甲栋": "building=甲",
    "B2栋": "building=B2",
    "D1座": "building=D1",
    "3栋楼下": "building=3",
    "3栋楼道": "building=3",
    "3栋楼的电梯": "building=3",
    "12号楼下": "building=12",
    "38栋": "building=38",
    "101号楼": "building=101",
    "阳光花园3-2-501": "estate=阳光花园 building=3 unit=2 room=501",
    "阳光花园-3-2-501": "estate=阳光花园 building=3 unit=2 room=501",
    "阳光花园3栋-2-501": "estate=阳光花园 building=3 unit=2 room=501",
    "幸福里 3号楼 2单元": "estate=幸福里 building=3 unit=2",
    "3号楼群": "building=3",
    "二期业主群": "estate=二期",
    "东区5栋": "estate=东区 building=5",
    "和平里3号楼": "estate=和平里 building=3",
    "来福花园": "estate=来福花园",
    "新城国际公寓5栋": "estate=新城国际公寓 building=5",
    "绿地香颂小区": "estate=绿地香颂小区",
    "龙湖花园A区": "estate=龙湖花园A区",
    "A3栋": "building=A3",
    "3A栋": "building=3A",
    "10号楼1门402": "building=10 unit=1 room=402",
    "3号楼2单元501、502漏水": "building=3 unit=2 room=501",
    "三号楼的二单元": "building=3 unit=2",
    "8号楼7层": "building=8 floor=7",
    "七层": "floor=7",
    "3层漏水": "floor=3",
    "18层电梯": "floor=18",
    "4楼邻居": "floor=4",
    "8栋和9栋之间的绿化带有狗屎": "building=8 landmark=绿化带",
    "咱们三号楼前面那个垃圾桶满了": "building=3",
    "幸福里小学门口堵车": "landmark=小学门口",
    "我妈住在3号楼": "building=3",
    "孩子在3号楼门口摔了": "building=3",
    "昨晚10点3号楼有人吵": "building=3",
    "今天3点3号楼停电": "building=3",
    "5月6日3号楼停电": "building=3",
    "今天3号3号楼停电": "building=3",
    "11月22号5号楼停电": "building=5",
    "下午3-5点5号楼停水": "building=5",
    "3号楼从8:00到18:00停水": "building=3",
    "电话13812345678，3号楼2单元501": "building=3 unit=2 room=501",
    "3号楼2单元，电话13812345678": "building=3 unit=2",
    "3号楼2单元501 13812345678": "building=3 unit=2 room=501",
    "3栋2单元1800块": "building=3 unit=2",
    "5号楼3000元": "building=5",
    "3号楼120户没水": "building=3",
    "3号楼2026年建的": "building=3",
    "12345已打，3号楼没水": "building=3",
    "@张伟 3号楼电梯坏了": "building=3",
    "【3-2-501】李姐": "building=3 unit=2 room=501",
    "(3-2-501)李姐": "building=3 unit=2 room=501",
    "李姐3-2-501": "building=3 unit=2 room=501",
    "李姐 3-2-501": "building=3 unit=2 room=501",
    "3-2-501李姐🌸": "building=3 unit=2 room=501",
    "幸福里-3-2-501-李": "estate=幸福里 building=3 unit=2 room=501",
    "A座-1203 王": "building=A room=1203",
    "12-1-2301": "building=12 unit=1 room=2301",
    "1栋2单元3楼": "building=1 unit=2 floor=3",
    "一号楼一单元一零一": "building=1 unit=1 room=101",
    "一栋一单元": "building=1 unit=1",
    "一楼": "floor=1",
    "1楼": "floor=1",
    "三楼301": "floor=3 room=301",
    "三楼三零一": "floor=3 room=301",
    "十楼一千零一": "floor=10",
    "8号楼3单元电梯困人，快来！": "building=8 unit=3",
    "阳光花园的物业太差了": "estate=阳光花园",
    "我们幸福里二期没人管": "estate=幸福里二期",
    "幸福小区和阳光小区都停水": "estate=幸福小区",
    "金域蓝湾3号楼": "estate=金域蓝湾 building=3",
    "幸福小区业主": "estate=幸福小区",
    "去人民公园": "landmark=人民公园",
    "万达广场停车": "landmark=万达广场",
    "市民广场旁边": "landmark=市民广场",
    "二十八栋四单元二零三": "building=28 unit=4 room=203",
    "第十二栋": "building=12",
    "3号楼二层平台": "building=3 floor=2 landmark=平台",
    "三号楼天台": "building=3 landmark=天台",
    "5号楼B1层": "building=5 floor=-1",
    "3号楼地下二层": "building=3 floor=-2",
    "3号楼负一楼": "building=3 floor=-1",
    "地下停车场负二层": "floor=-2 landmark=地下停车场",
    "2号门岗": "landmark=2号门岗",
    "2号岗亭": "landmark=2号岗亭",
    "北门快递柜": "landmark=北门",
    "东门停车场": "landmark=东门",
    "地库入口": "landmark=地库入口",
    "车库入口堵了": "landmark=车库入口",
    "3栋东侧停车场": "building=3 landmark=东侧停车场",
    "健身广场": "landmark=健身广场",
    "儿童游乐场滑梯坏了": "landmark=儿童游乐场",
    "活动中心": "landmark=活动中心",
    "老年活动室": "landmark=老年活动室",
    "1号楼到5号楼": "building=1",
    "1#2#3#": "building=1",
    "1#、2#楼": "building=1",
    "3栋、5栋": "building=3",
    "3号楼2单元3单元": "building=3 unit=2",
    "二单元三单元": "unit=2",
    "3号楼5-6层": "building=3",
    "3号楼501-503": "building=3 room=501",
    "3-2-501和3-2-502": "building=3 unit=2 room=501",
    "3-1、3-2停水": "building=3 unit=1",
    "5幢1203室": "building=5 room=1203",
    "5幢12楼1203室": "building=5 floor=12 room=1203",
    "三单元门口路灯": "unit=3",
    "3栋一楼": "building=3 floor=1",
    "3栋一楼大厅": "building=3 floor=1 landmark=大厅",
    "二号楼三单元四零二室": "building=2 unit=3 room=402",
    "玖号楼": "building=9",
    "3号楼2单元501号": "building=3 unit=2 room=501",
    "3号楼2号": "building=3",
    "楼下3楼": "floor=3",
    "3号院5号楼": "building=5",
    "金域华府12-1-302": "estate=金域华府 building=12 unit=1 room=302",
    "3棟": "building=3",
    "3座2樓": "building=3 floor=2",
    "六號樓電梯壞了": "building=6",
    "3 号楼": "building=3",
    "3 号 楼": "building=3",
    "3号楼 2单元": "building=3 unit=2",
    "5-3": "building=5 unit=3",
    "10-3": "building=10 unit=3",
    "13-2": "building=13 unit=2",
    "1单元1楼": "unit=1 floor=1",
    "B座1楼": "building=B floor=1",
    "b座1203": "building=B room=1203",
    "G栋": "building=G",
    "H1栋": "building=H1",
    "X栋": "building=X",
}

NO_PLACES = [
    "单元门口", "小区", "我们小区停水了", "幸福里社区", "第3单元", "中海名都", "5楼以上停水", "二三楼", "1-3楼",
    "1到3楼", "顶楼", "我家楼上装修", "我们这栋楼", "哪栋", "几号楼", "幸福里的邻居们", "幸福里", "东苑的人",
    "人民医院", "单元楼门口", "比分3-2", "7-8天", "2-3个", "1-3月", "9-10点", "3-5年级", "11-22", "2026-11-22",
    "0431-8888", "231到哪了", "3号线", "2号电梯坏了", "5号下午", "10楼以下", "1栋别墅", "盖了三栋楼", "一单生意",
    "12345热线", "24小时", "80平", "502胶水", "A股", "这里", "家里", "城里", "群里", "医院", "楼下", "楼上吵", "楼道",
    "家门口", "门口", "广场舞太吵", "400-820-8820", "138-1234-5678", "三室一厅", "共320户", "5月3号楼下集合",
    "第三单元测试", "六层楼", "一层灰", "建议增设快递柜", "能不能装充电桩", "走后门", "西门子冰箱", "4-4-2阵型",
    "5-2=3", "6-1儿童节", "孩子放学走路", "共建美丽家园", "老旧小区改造", "这栋楼", "两栋楼", "孩子喜欢花园",
    "电费100-200元", "8:30-9:30", "政府", "7座车", "一座桥", "马路", "231路公交", "5号电池", "3月5号", "晚上10点",
    "50-120平", "还没来", "今天几号", "3月2号楼下集合", "明天3号", "2-3天修好", "4-6级大风", "3-5个人", "大概3-4点",
    "比分是3-2", "踢成2-1", "早9-5", "等2-3天", "10-20元", "50-100块", "房价8-9千", "两三栋", "十几栋楼",
    "这3栋都没电", "一共12栋楼", "盖了五栋", "有六层", "爬了六楼", "加一层", "一层薄冰", "两层窗户", "铺了两层油",
    "整栋楼", "隔壁小区", "别的小区", "进小区要登记", "出小区", "回小区", "封闭小区", "高档小区", "全小区停水",
    "整个小区都没水", "本小区", "各小区", "小区里", "小区内", "老年公寓", "学生公寓", "逛花园", "打扫花园", "后台",
    "前台", "阳台漏水", "家庭矛盾", "法院", "医院报销", "幼儿园报名", "超市打折", "学校放假", "上学路上", "走路",
    "修路", "路灯坏了", "马路上", "网络线路", "公交线路", "235路车", "3路公交", "3号线地铁", "我要一个充电桩",
    "装个快递柜", "修个凉亭", "卖车库", "租车库", "广场舞", "跳广场舞", "对门吵架", "防盗门", "单元门坏了", "房门",
    "开门", "上门服务", "厦门", "专门", "部门", "门诊", "95号汽油", "12306", "13812345678", "工单231", "231", "接231",
    "1单", "3号", "5号", "13号", "2026年3月2号", "11月22日", "11/22", "11.22", "22:30-6:00", "3:2", "100元", "3000块",
    "1200瓦", "第3次", "3楼以下", "十楼及以上", "8栋别墅", "三栋高层", "7座商务", "两座桥", "5座车", "B2", "维生素B2",
    "B1维生素", "A股涨了", "K歌", "VIP", "WIFI", "C#", "#话题#", "5#电池", "100号文件", "202室友", "501胶",
    "三房两厅", "两室一厅", "3室2厅", "房租1200", "3-2-1开始", "26-11-22", "2026-11-22 08:30", "192.168.1.101",
    "010-1234567", "7-11便利店", "5-1劳动节", "10-1放假", "1-2年级", "周1-5", "X-201", "T-1000", "3比2", "新农村",
    "我们村", "全村", "城里人", "同城快递", "政府大楼", "大楼", "上楼", "下楼", "高楼", "高层", "楼上漏水",
    "楼上天天吵", "电梯坏了", "单元", "共3单元", "500业主", "老师", "一期一会", "本期", "分3期付款", "区里", "市里",
    "哪里", "邻里", "公里", "里面", "心里",
]  # fmt: skip

HOSTILE = ["3-", "3-3-", "一二三四", "一", "3", "3号楼", "幸福里", "里", "3、", "A-", "花园", "小区", "3栋", "二期",
           "东", "路", "3 - ", "住501", "阳光花园二期3号楼",
           "地下", "\u200b3", " ", "十", "中心", "没有一个"]  # fmt: skip


def _levels(said: str) -> dict[str, str]:
    return dict(level.split("=") for level in said.split(" "))


def _cut(text: str, reading: Reading) -> list[tuple[str, str]]:
    return [(field, text[start:end]) for field, start, end in reading.spans]


@pytest.mark.parametrize(("text", "said"), PLACES.items(), ids=PLACES)
def test_a_place_is_read(text: str, said: str) -> None:
    assert read_place(text).place == Place(**_levels(said))


@pytest.mark.parametrize("text", NO_PLACES)
def test_what_is_no_place_is_left_alone(text: str) -> None:
    assert read_place(text) == Reading(Place(), ())


@pytest.mark.parametrize("unseen", ["\u200b", "\u200d", "\ufeff", "\u2060", "\u200e"])
def test_unseen_characters_break_nothing_and_spans_stay_those_of_the_text(unseen: str) -> None:
    text = f"阳{unseen}光花园３{unseen}号樓{unseen}2單元5{unseen}01漏水"
    reading = read_place(text)
    assert reading.place == Place(estate="阳光花园", building="3", unit="2", room="501")
    assert _cut(text, reading)[-1] == ("room", f"5{unseen}01")


def test_keycap_emoji_are_digits() -> None:
    assert read_place("3\ufe0f\u20e3号楼").place == Place(building="3")


def test_spans_let_a_door_number_be_cut_out() -> None:
    text = "幸福里3号楼2单元501室漏水"
    assert _cut(text, read_place(text)) == [
        ("estate", "幸福里"),
        ("building", "3号楼"),
        ("unit", "2单元"),
        ("room", "501室"),
    ]


def test_spans_of_a_dashed_address_leave_the_dashes() -> None:
    assert _cut("3-2-501 李姐", read_place("3-2-501 李姐")) == [("building", "3"), ("unit", "2"), ("room", "501")]


def test_spans_hold_every_door_also_of_places_left_out() -> None:
    text = "3-2-501漏到3-2-401，还有5栋301、302"
    reading = read_place(text)
    assert reading.place.room == "501"
    assert [cut for field, cut in _cut(text, reading) if field == "room"] == ["501", "401", "301、302"]


@pytest.mark.parametrize(
    ("text", "estates", "estate"),
    [
        ("幸福里的邻居们", {"幸福里"}, "幸福里"),
        ("幸福里没水", {"幸福", "幸福里"}, "幸福里"),
        ("幸福里二期没水", {"幸福里"}, "幸福里二期"),
        ("幸福里A区没水", ["幸福里"], "幸福里A区"),
        ("麻烦看下恒大3号楼", ("恒大",), "恒大"),
        ("陽光時代停電", {"陽光時代"}, "陽光時代"),
        ("ｔ３社区停电", {"T3社区"}, "ｔ３社区"),
        ("阳光花园停电", {"幸福里"}, "阳光花园"),
        ("今天停电", {"幸福里"}, None),
        ("今天停电", {"", " "}, None),
    ],
)
def test_a_registered_estate_is_known_by_name(text: str, estates: list[str], estate: str | None) -> None:
    assert read_place(text, estates).place.estate == estate


def test_a_landmark_is_as_said_and_not_folded() -> None:
    assert read_place("地下車庫積水").place.landmark == "地下車庫"


def test_levels_in_their_order() -> None:
    assert list(Place(room="501").as_dict()) == ["estate", "building", "unit", "floor", "room", "landmark"]
    assert Place(room="501").as_dict()["room"] == "501"


def test_empty_is_empty() -> None:
    assert read_place("").place.is_empty
    assert Place().is_empty
    assert not Place(floor="2").is_empty


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_hundred_thousand_hostile_characters_come_back(unit: str) -> None:
    text = (unit * 100_000)[:100_000]
    assert isinstance(read_place(text, frozenset({"幸福里", "里里里里里里"})), Reading)


@pytest.mark.parametrize(
    ("said", "number"),
    [("三", "3"), ("十", "10"), ("十二", "12"), ("二十", "20"), ("二十一", "21"), ("廿一", "21"), ("三零一", "301"),
     ("一二零三", "1203"), ("幺零幺", "101"),
     ("一百零二", "102"), ("一百一十二", "112"), ("一百", "100"),
     ("12A", "12A"), ("A", "A"), ("05", "5"), ("0501", "501"), ("零五", "5")],
)  # fmt: skip
def test_numbers_are_read(said: str, number: str) -> None:
    assert read_number(said) == number


def test_folding_keeps_the_length_without_unseen_characters() -> None:
    assert fold("３號樓－叁〇１") == ("3号楼-三零1", None)
