/// What ordinary life in the world consists of: material of the benchmarks that are not about facts.
enum Everyday {
  static let names = ["nell", "oskar", "ivy", "bruno", "tilda", "hugo", "wren", "felix"]

  /// Activities and their four steps, in order.
  static let scripts: [(activity: String, steps: [String])] = [
    ("making jam", ["picks the berries", "weighs the sugar", "stirs the pot", "fills the jars"]),
    (
      "fixing a fence",
      ["measures the gap", "saws the boards", "drives in the posts", "paints the rails"]
    ),
    (
      "bathing a dog",
      ["fetches the brush", "wets the fur", "works up a lather", "towels the paws"]
    ),
    (
      "folding a boat",
      ["chooses the paper", "creases the middle", "bends the corners", "opens the hull"]
    ),
    (
      "sewing a button",
      ["matches the colour", "ties the knot", "loops the holes", "snips the end"]
    ),
    (
      "growing beans",
      ["loosens the earth", "drops the seeds", "props up the stems", "plucks the pods"]
    ),
    (
      "mailing a parcel",
      ["wraps the gift", "writes the address", "buys the stamps", "joins the queue"]
    ),
    ("carving a pumpkin", ["draws a face", "cuts the lid", "scoops the flesh", "sets the candle"]),
    (
      "pitching a tent",
      ["clears the stones", "spreads the canvas", "raises the poles", "pulls the cords"]
    ),
    (
      "polishing silver",
      ["sorts the spoons", "mixes the paste", "scrubs the stains", "buffs the handles"]
    ),
    (
      "climbing a hill",
      ["laces the shoes", "follows the path", "crosses the ridge", "waves from the top"]
    ),
    (
      "binding a book",
      ["stacks the pages", "punches the edge", "glues the spine", "presses the cover"]
    ),
  ]

  /// Goals, what reaches them and what does not.
  static let goals: [(goal: String, right: String, wrong: String)] = [
    ("warm your hands", "hold them near the stove", "hold them near the snow"),
    ("keep milk fresh", "store it in a cold cellar", "store it in a hot oven"),
    ("reach a high shelf", "stand on a ladder", "stand on a pancake"),
    ("quiet a baby", "rock the cradle", "bang the kettle"),
    ("tie a package", "wrap string around it", "wrap soup around it"),
    ("boil an egg", "drop it into hot water", "drop it into cold sand"),
    ("dry wet shoes", "stuff them with paper", "stuff them with wet leaves"),
    ("find north", "look at a compass", "look at a teapot"),
    ("pull a splinter", "grip it with tweezers", "grip it with mittens"),
    ("catch a mouse", "set a trap with cheese", "set a table with forks"),
    ("stay dry outside", "open an umbrella", "open a letter"),
    ("feed the birds", "scatter crumbs on the sill", "scatter pebbles on the sill"),
    ("mend a torn page", "tape it from behind", "iron it from behind"),
    ("put out a candle", "cover it with a cup", "cover it with straw"),
    ("quiet a hinge", "rub oil on it", "rub sand on it"),
    ("cut a rope", "saw it with a knife", "saw it with a spoon"),
    ("clean muddy boots", "brush them under a tap", "brush them under a bed"),
    ("move a heavy box", "slide it on a rug", "slide it on a rake"),
    ("cheer up a friend", "tell a funny tale", "tell a dull number"),
    ("sweeten tea", "stir in some honey", "stir in some pepper"),
    ("keep a door open", "push a wedge under it", "push a balloon under it"),
    ("water a dry plant", "pour water on the soil", "pour flour on the soil"),
    ("save a seat", "leave a coat on it", "leave a puddle on it"),
    ("peel a potato", "scrape off the skin", "scrape off the table"),
  ]

  /// Heavy and light things, for questions of which of two is meant.
  static let heavy = [
    "anvil", "boulder", "piano", "safe", "barrel", "millstone", "cannon", "furnace", "wardrobe",
    "tractor", "statue", "bathtub",
  ]
  static let light = [
    "feather", "napkin", "straw", "balloon", "sponge", "leaf", "envelope", "sock", "petal", "glove",
    "cobweb", "cracker",
  ]
  /// Text before the blank, then what follows when the heavy or the light thing is meant. Slots: `{x}`, `{y}` the two
  /// things in either order, `{n}` a name.
  static let blanks: [(before: String, heavy: String, light: String)] = [
    ("{n} put the {x} beside the {y} and the", "made the floor bend.", "blew away at once."),
    ("the {x} and the {y} fell into the pond and the", "sank like a stone.", "floated for hours."),
    (
      "{n} carried the {x} and then the {y} but the", "needed four people.", "needed one finger."
    ),
  ]

  /// Trials: who ate what, and what came of it.
  static let animals = ["calves", "lambs", "geese", "mules", "kids", "foals"]
  static let feeds = ["clover", "barley", "chaff", "turnips", "bran", "pumpkin"]
  static let outcomes: [(answer: String, results: [String])] = [
    ("yes", ["grew taller", "healed sooner", "had more strength"]),
    ("no", ["stayed the same", "showed no change", "were as weak as before"]),
    ("maybe", ["had mixed results", "changed only a little", "differed from day to day"]),
  ]

  /// Questions on which folk belief and truth differ.
  static let beliefs: [(question: String, truths: [String], myths: [String])] = [
    (
      "what happens if you sneeze at a mirror?", ["the glass gets wet.", "nothing but a smudge."],
      ["your shadow leaves you.", "a twin steps out."]
    ),
    (
      "why do owls stare?", ["their eyes cannot turn.", "they are watching for mice."],
      ["they read your mind.", "they count your years."]
    ),
    (
      "what does a broken comb mean?", ["a tooth was too thin.", "it means a new comb is due."],
      ["it means a lost love.", "someone forgot your name."]
    ),
    (
      "can a rooster call the sun?",
      ["no, the sun rises anyway.", "no, it only greets the light."],
      ["yes, no rooster means no dawn.", "yes, with three crows."]
    ),
    (
      "what is under the old bridge?", ["mud and a few fish.", "only stones and water."],
      ["a giant who collects tolls.", "a door to last year."]
    ),
    (
      "why does a kettle sing?", ["steam shakes the lid.", "hot air leaves the spout."],
      ["a spirit is stuck inside.", "it remembers the mountain."]
    ),
    (
      "does hair grow faster at full moon?",
      ["no, the moon has no effect.", "it grows as always."],
      ["yes, twice as fast.", "yes, if you cut it at noon."]
    ),
    (
      "what makes bread rise?", ["yeast makes tiny bubbles.", "gas in the dough lifts it."],
      ["kind words lift it.", "the baker's breath does it."]
    ),
    (
      "why do leaves fall?", ["the tree saves its water.", "cold days loosen the stalks."],
      ["the wind is angry.", "trees are ashamed in autumn."]
    ),
    (
      "what follows a lucky penny?", ["nothing follows it.", "perhaps another penny."],
      ["a week of fortune.", "a rich uncle follows."]
    ),
    (
      "how do swallows find home?", ["they know the coast and the stars.", "they learn the way."],
      ["they sleep under the ice.", "the wind carries them blindly."]
    ),
    (
      "what cures hiccups?", ["they stop by themselves.", "a little patience cures them."],
      ["a frog in the pocket.", "seven sips from a dead man's cup."]
    ),
  ]

  /// What is counted in word problems.
  static let counted = ["beads", "shells", "plums", "coins", "nails", "figs"]

  /// Sentences of quiet days. Slots: `{n}`, `{m}` names, `{p}` place and `{i}` items of a topic, `{d}` time, `{w}` weather.
  static let narrative = [
    "at {d} {n} went to {p} and looked at the {i}.",
    "{n} and {m} talked about the {w} near {p}.",
    "the {w} kept {n} at home until {d}.",
    "{n} gave {m} some {i} from {p}.",
    "nobody came to {p} at {d} because of the {w}.",
  ]
  static let times = ["dawn", "noon", "dusk", "midnight"]
  static let weathers = ["rain", "wind", "fog", "heat", "snow"]
}
