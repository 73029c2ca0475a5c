/// Porter's stemmer with the changes that NLTK made to it, which `rouge_score` uses by default.
///
/// Porter 1980, "An algorithm for suffix stripping", https://doi.org/10.1108/eb046814
struct PorterStemmer {
  /// Letters and digits in lower case, ASCII.
  private var word: [UInt8]

  /// The stem of a word.
  ///
  /// - Parameter word: a–z and 0–9 only.
  static func stem(_ word: String) -> String {
    if let stem = irregular[word] { return stem }
    guard word.utf8.count > 2 else { return word }
    var stemmer = PorterStemmer(word: Array(word.utf8))
    stemmer.removePlural()
    stemmer.removeTense()
    stemmer.replaceFinalY()
    stemmer.apply(joinSuffixes)
    stemmer.apply(thirdSuffixes)
    stemmer.removeLastSuffix()
    stemmer.tidy()
    return String(decoding: stemmer.word, as: UTF8.self)
  }

  /// What the rules get wrong.
  private static let irregular = [
    "sky": "sky", "skies": "sky", "dying": "die", "lying": "lie", "tying": "tie", "news": "news",
    "innings": "inning", "inning": "inning", "outings": "outing", "outing": "outing",
    "cannings": "canning", "canning": "canning", "howe": "howe", "proceed": "proceed",
    "exceed": "exceed", "succeed": "succeed",
  ]

  // MARK: Letters

  /// Which letters are consonants: `y` is one at the start and behind a vowel.
  private static func consonants(_ word: some Collection<UInt8>) -> [Bool] {
    var flags: [Bool] = []
    for letter in word {
      switch letter {
      case UInt8(ascii: "a"), UInt8(ascii: "e"), UInt8(ascii: "i"), UInt8(ascii: "o"),
        UInt8(ascii: "u"):
        flags.append(false)
      case UInt8(ascii: "y"): flags.append(!(flags.last ?? false))
      default: flags.append(true)
      }
    }
    return flags
  }

  /// How often a consonant follows a vowel: Porter's m.
  private static func measure(_ stem: some Collection<UInt8>) -> Int {
    let flags = consonants(stem)
    return zip(flags, flags.dropFirst()).count { !$0 && $1 }
  }

  private static func endsInDouble(_ word: [UInt8]) -> Bool {
    word.count >= 2 && word.last == word[word.count - 2] && consonants(word).last == true
  }

  /// Consonant, vowel, consonant that is not w, x or y; of two letters vowel and consonant.
  private static func endsShort(_ word: [UInt8]) -> Bool {
    let flags = consonants(word)
    if word.count == 2 { return !flags[0] && flags[1] }
    guard word.count >= 3, let last = word.last else { return false }
    return Array(flags.suffix(3)) == [true, false, true] && !"wxy".utf8.contains(last)
  }

  private func ends(with suffix: String) -> Bool {
    word.count >= suffix.utf8.count && word.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
  }

  private func without(_ suffix: String) -> [UInt8] { word.dropLast(suffix.utf8.count) }

  // MARK: Steps

  private mutating func removePlural() {
    if ends(with: "ies") {
      word = without("ies") + (word.count == 4 ? "ie" : "i").utf8
    } else if ends(with: "sses") {
      word = without("es")
    } else if ends(with: "s"), !ends(with: "ss") {
      word = without("s")
    }
  }

  private mutating func removeTense() {
    if ends(with: "ied") {
      word = without("ied") + (word.count == 4 ? "ie" : "i").utf8
      return
    }
    if ends(with: "eed") {
      if Self.measure(without("eed")) > 0 { word = without("d") }
      return
    }
    let suffix = ["ed", "ing"].first { suffix in
      ends(with: suffix) && Self.consonants(without(suffix)).contains(false)
    }
    guard let suffix else { return }
    word = without(suffix)
    if ["at", "bl", "iz"].contains(where: { ends(with: $0) }) {
      word.append(UInt8(ascii: "e"))
    } else if Self.endsInDouble(word) {
      if let last = word.last, !"lsz".utf8.contains(last) { word.removeLast() }
    } else if Self.measure(word) == 1, Self.endsShort(word) {
      word.append(UInt8(ascii: "e"))
    }
  }

  /// Behind a consonant that is not the first letter.
  private mutating func replaceFinalY() {
    guard ends(with: "y"), word.count > 2, Self.consonants(word.dropLast()).last == true else {
      return
    }
    word = without("y") + [UInt8(ascii: "i")]
  }

  private typealias Rule = (suffix: String, replacement: String)

  /// The first rule whose suffix fits is the only one that is tried; it needs a vowel and a consonant in front.
  private mutating func apply(_ rules: [Rule]) {
    guard let rule = rules.first(where: { ends(with: $0.suffix) }) else { return }
    // Of "logi" the l counts as part of what is in front.
    let front = rule.suffix == "logi" ? without("ogi") : without(rule.suffix)
    guard Self.measure(front) > 0 else { return }
    word = without(rule.suffix) + rule.replacement.utf8
    // "alli" may uncover another of these suffixes.
    if rule.suffix == "alli" { apply(rules) }
  }

  private static let joinSuffixes: [Rule] = [
    ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"),
    ("bli", "ble"), ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"),
    ("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"), ("iveness", "ive"),
    ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble"),
    ("fulli", "ful"), ("logi", "log"),
  ]

  private static let thirdSuffixes: [Rule] = [
    ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""),
    ("ness", ""),
  ]

  private static let lastSuffixes = [
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou",
    "ism", "ate", "iti", "ous", "ive", "ize",
  ]

  private mutating func removeLastSuffix() {
    guard let suffix = Self.lastSuffixes.first(where: { ends(with: $0) }) else { return }
    let front = without(suffix)
    guard Self.measure(front) > 1 else { return }
    if suffix == "ion", let last = front.last, !"st".utf8.contains(last) { return }
    word = front
  }

  private mutating func tidy() {
    if ends(with: "e") {
      let front = without("e")
      let measure = Self.measure(front)
      if measure > 1 || measure == 1 && !Self.endsShort(front) { word = front }
    }
    if ends(with: "ll"), Self.measure(without("l")) > 1 { word.removeLast() }
  }
}
