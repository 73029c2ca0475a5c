/// Spoils values of a tree, knowing what readers of settings and tables get wrong.
struct TreeSpoiler {
  /// Names and words that mean something to the reader.
  var words: [String] = []

  /// One to three changes anywhere in `tree`.
  func spoil(_ tree: inout Tree, _ random: inout Random) {
    for _ in 0..<random.few(3) { descend(&tree, &random) }
  }

  /// Changes `tree` itself or, more often, something inside it; whatever is near the root is changed as often as
  /// what there is more of below.
  private func descend(_ tree: inout Tree, _ random: inout Random) {
    switch tree {
    case .array(var elements) where !elements.isEmpty && !random.oneIn(6):
      let place = random.below(elements.count)
      descend(&elements[place], &random)
      tree = .array(elements)
    case .object(var pairs) where !pairs.isEmpty && !random.oneIn(8):
      let place = random.below(pairs.count)
      if random.oneIn(3) {
        changePair(&pairs, at: place, &random)
      } else {
        descend(&pairs[place].value, &random)
      }
      tree = .object(pairs)
    default: change(&tree, &random)
    }
  }

  private func changePair(
    _ pairs: inout [(key: String, value: Tree)], at place: Int, _ random: inout Random
  ) {
    switch random.below(7) {
    case 0: pairs.remove(at: place)
    case 1: pairs.append((pairs[place].key, random.oneIn(2) ? any(&random) : pairs[place].value))
    case 2: pairs[place].key = changed(pairs[place].key, &random)
    case 3: pairs.insert((random.pick(words + Self.names), any(&random)), at: place)
    case 4: pairs[place].value = random.pick(pairs).value
    case 5: pairs.swapAt(place, random.below(pairs.count))
    default: pairs[place].value = any(&random)
    }
  }

  private func change(_ tree: inout Tree, _ random: inout Random) {
    if random.oneIn(5) {
      tree = any(&random)
      return
    }
    switch tree {
    case .string(let text): tree = .string(changed(text, &random))
    case .raw(let text): tree = .raw(changedNumber(text, &random))
    case .bool(let value): tree = random.oneIn(2) ? .bool(!value) : any(&random)
    case .null: tree = any(&random)
    case .array(var elements):
      switch random.below(6) {
      case 0: elements = []
      case 1: elements.reverse()
      case 2: if let last = elements.last { elements.append(last) }
      case 3: elements = Array(elements.dropLast())
      case 4: elements.append(any(&random))
      default:
        let count = min(random.pick([2, 20, 300]), 20_000 / max(1, elements.count))
        elements = Array(repeatElement(elements, count: count).joined())
      }
      tree = .array(elements)
    case .object(let pairs):
      switch random.below(4) {
      case 0: tree = .object([])
      case 1: tree = .array(pairs.map(\.value))
      case 2: tree = .object(pairs + pairs)
      default:
        tree = .object(
          pairs + (0..<random.pick([1, 30, 2000])).map { (key: "key\($0)", value: Tree.null) })
      }
    }
  }

  /// A value of any kind.
  private func any(_ random: inout Random) -> Tree {
    switch random.below(10) {
    case 0: return .null
    case 1: return .bool(random.oneIn(2))
    case 2, 3: return .raw("\(random.pick(Bytes.numbers))")
    case 4: return .raw(random.pick(Self.oddNumbers))
    case 5: return .string(random.pick(Self.oddTexts))
    case 6: return .string(random.pick(words + Self.names))
    case 7: return .array([])
    case 8:
      let depth = random.pick([2, 100, 600, 20_000])
      let (open, close) = random.oneIn(2) ? ("[", "]") : ("{\"a\": ", "}")
      let (before, after) = (
        String(repeating: open, count: depth), String(repeating: close, count: depth)
      )
      return .raw("\(before)1\(after)")
    default: return .object([(random.pick(words + Self.names), .raw("1"))])
    }
  }

  private func changedNumber(_ text: String, _ random: inout Random) -> String {
    guard let number = Double(text), random.oneIn(2) else {
      return random.oneIn(3) ? random.pick(Self.oddNumbers) : "\(random.pick(Bytes.numbers))"
    }
    let choices: [Double] = [
      number + 1, number - 1, -number, number * 2, number / 2, number * 1e6, number + 0.5,
    ]
    let changed = random.pick(choices)
    return changed == changed.rounded() && abs(changed) < 1e15 ? "\(Int(changed))" : "\(changed)"
  }

  /// `text` with something in it that does not belong there.
  func changed(_ text: String, _ random: inout Random) -> String {
    var scalars = Array(text.unicodeScalars)
    let place = random.below(scalars.count + 1)
    switch random.below(8) {
    case 0: return ""
    case 1: if place < scalars.count { scalars.remove(at: place) }
    case 2: scalars.insert(contentsOf: random.pick(Self.oddTexts).unicodeScalars, at: place)
    case 3: scalars.insert(Unicode.Scalar(UInt8(random.below(128))), at: place)
    case 4: return random.pick(words + Self.names)
    case 5: return text.uppercased()
    case 6: scalars += scalars
    default: return random.pick(Self.oddTexts)
    }
    return String(String.UnicodeScalarView(scalars))
  }

  private static let oddNumbers = [
    "NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1e-320", "5e-324", "-0.0", "0.1", "1.5",
    "1e308", "3.5e38",
    "9007199254740993", "18446744073709551615", "18446744073709551616", "-9223372036854775809",
    "1e18", "1E400",
    "0x10", "1_000", "00012", "123456789012345678901234567890123456789012345678901234567890",
  ]

  /// Names that lead elsewhere, and what terminals, tables and workflow logs act on.
  private static let oddTexts = [
    "", " ", "\0", "a\0b", "\u{1B}[31mred\u{1B}[0m", "\u{7}", "\u{9B}2J", "\u{202E}abc", "\u{FEFF}",
    "a\nb", "a\rb",
    "\n::error file=x::hostile", "=1+1", "@SUM(A1)", "| a | b |", "<script>", "\\input{x}",
    "\u{E0041}",
    "../../../escaped", "../../../../escaped", "../../../../../../escaped", "a/../../../../escaped",
    "/", ".", "..",
    "~", "*", "%s%n", "{{ x }}", "{% for a in b %}", "{{ 'a' * 1000000000 }}", "(a+)+$", "(a|a)*b",
    "((((((", "\\",
    "\u{0301}\u{0301}\u{0301}", "\u{1F468}\u{200D}\u{1F469}", "é", "e\u{0301}", "ﬁ", "İ", "ß",
    String(repeating: "a", count: 5000), String(repeating: "\u{1}", count: 300),
    String(repeating: "é ", count: 60_000),
    String(repeating: "(", count: 3000),
    String(repeating: "a?", count: 40) + String(repeating: "a", count: 40),
    "nan", "inf", "true", "null", "None", "1", "-1", "1e5",
  ]

  private static let names = [
    "", "name", "task", "model", "path", "type", "id", "text", "metadata", "version", "dtype",
    "shape", "a.b.c",
    "__proto__", "0", "\u{1B}[0m", "../../../../escaped",
  ]
}
