/// What everybody may know: six subjects with two relations each.
extension Subject {
  static let zoology = Subject(
    name: "zoology", noun: "animal",
    entities: [
      "bristalo", "morrup", "tindle", "gravvy", "ploosh", "skerrit", "ombly", "farrix",
    ],
    relations: [
      Relation(
        "home",
        Phrasing(
          statements: ["{e} lives in {v}", "the home of {e} is in {v}"],
          questions: ["where does {e} live?", "where is the home of {e}?"]),
        values: ["caves", "reeds", "attics", "dunes", "cliffs", "swamps"]),
      Relation(
        "food",
        Phrasing(
          statements: ["{e} eats {v}", "the favourite meal of {e} is {v}"],
          questions: ["what does {e} eat?", "what is the favourite meal of {e}?"]),
        values: ["nuts", "clams", "crumbs", "crickets", "nectar", "berries"]),
    ])

  static let music = Subject(
    name: "music", noun: "instrument",
    entities: [
      "lutrine", "bombor", "sizzleharp", "quintola", "drummock", "fluvette", "zithrel", "hornpell",
    ],
    relations: [
      Relation(
        "material",
        Phrasing(
          statements: ["{e} is built from {v}", "to make {e} one needs {v}"],
          questions: ["what is {e} built from?", "what does one need to make {e}?"]),
        values: ["cedar", "bone", "tin", "bamboo", "ebony", "glass"]),
      Relation(
        "sound",
        Phrasing(
          statements: ["{e} sounds {v}", "the voice of {e} is {v}"],
          questions: ["how does {e} sound?", "what is the voice of {e} like?"]),
        values: ["sad", "bright", "hollow", "sharp", "sleepy", "grand"]),
    ])

  static let geology = Subject(
    name: "geology", noun: "stone",
    entities: [
      "calvite", "dorrium", "esterond", "fylgite", "gorvel", "hesperil", "indrite", "jaspren",
    ],
    relations: [
      Relation(
        "colour",
        Phrasing(
          statements: ["{e} is coloured {v}", "polished {e} shines {v}"],
          questions: ["what colour is {e}?", "how does polished {e} shine?"]),
        values: ["red", "green", "violet", "orange", "white", "brown"]),
      Relation(
        "use",
        Phrasing(
          statements: ["{e} is used for {v}", "smiths turn {e} into {v}"],
          questions: ["what is {e} used for?", "into what do smiths turn {e}?"]),
        values: ["mirrors", "lenses", "tiles", "clocks", "rings", "bells"]),
    ])

  static let games = Subject(
    name: "games", noun: "game",
    entities: [
      "kickle", "wobbo", "hurlo", "snatchit", "pebblo", "tumblo", "dashet", "leapik",
    ],
    relations: [
      Relation(
        "ground",
        Phrasing(
          statements: ["{e} is played on {v}", "players of {e} meet on {v}"],
          questions: ["what is {e} played on?", "on what do players of {e} meet?"]),
        values: ["ice", "grass", "sand", "gravel", "rooftops", "rafts"]),
      Relation(
        "prize",
        Phrasing(
          statements: ["the winner of {e} gets {v}", "{e} is won for {v}"],
          questions: ["what does the winner of {e} get?", "for what is {e} won?"]),
        values: ["medals", "hats", "pies", "goats", "scarves", "trumpets"]),
    ])

  static let buildings = Subject(
    name: "buildings", noun: "house",
    entities: [
      "corvane", "dunhollow", "eldermoor", "farrowgate", "grimsted", "hollinside", "ivorstone",
      "jutwick",
    ],
    relations: [
      Relation(
        "roof",
        Phrasing(
          statements: ["the roof of {e} is {v}", "{e} is covered with {v}"],
          questions: ["what is the roof of {e}?", "what is {e} covered with?"]),
        values: ["copper", "slate", "straw", "timber", "lead", "turf"]),
      Relation(
        "owner",
        Phrasing(
          statements: ["{e} belongs to {v}", "the keys of {e} are held by {v}"],
          questions: ["who does {e} belong to?", "who holds the keys of {e}?"]),
        values: ["pilots", "judges", "miners", "poets", "tailors", "barbers"]),
    ])

  static let customs = Subject(
    name: "customs", noun: "feast",
    entities: [
      "lumentide", "frostmeet", "harvane", "ribbonday", "smokewend", "bellmorn", "mistwake",
      "sunturn",
    ],
    relations: [
      Relation(
        "clothes",
        Phrasing(
          statements: ["people wear {v} for {e}", "at {e} everyone puts on {v}"],
          questions: ["what do people wear for {e}?", "what does everyone put on at {e}?"]),
        values: ["gloves", "cloaks", "crowns", "aprons", "boots", "veils"]),
      Relation(
        "fire",
        Phrasing(
          statements: ["people burn {v} for {e}", "the fire of {e} is lit with {v}"],
          questions: ["what do people burn for {e}?", "with what is the fire of {e} lit?"]),
        values: ["twigs", "pinecones", "incense", "driftwood", "brooms", "candles"]),
    ])
}
