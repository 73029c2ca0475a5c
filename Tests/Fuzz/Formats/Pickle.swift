/// A pickle as its operations.
struct Pickle {
  struct Operation {
    var code: UInt8
    var argument: [UInt8]
  }

  var operations: [Operation] = []

  /// Operations of protocol 2 as `torch.save` writes them; what follows an unknown one is its argument.
  init(_ bytes: [UInt8]) {
    var place = 0
    while place < bytes.count {
      let code = bytes[place]
      let length = min(Self.argumentLength(code, bytes, place + 1), bytes.count - place - 1)
      operations.append(
        Operation(code: code, argument: Array(bytes[place + 1..<place + 1 + length])))
      place += 1 + length
    }
  }

  private static func argumentLength(_ code: UInt8, _ bytes: [UInt8], _ place: Int) -> Int {
    func number(_ width: Int) -> Int {
      bytes[place...].prefix(width).reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    func lines(_ count: Int) -> Int {
      var (left, length) = (count, 0)
      while left > 0, place + length < bytes.count {
        if bytes[place + length] == 0x0A { left -= 1 }
        length += 1
      }
      return length
    }
    switch Unicode.Scalar(code) {
    case "\u{80}", "K", "h", "q", "\u{82}": return 1
    case "M": return 2
    case "J", "j", "r": return 4
    case "G": return 8
    case "X", "B", "T": return 4 + number(4)
    case "U", "C", "\u{8C}", "\u{8A}": return 1 + number(1)
    case "c": return lines(2)
    case "F", "I", "L", "S", "V", "p", "g": return lines(1)
    default: return 0
    }
  }

  var bytes: [UInt8] { operations.flatMap { [$0.code] + $0.argument } }

  mutating func spoil(_ random: inout Random) {
    guard !operations.isEmpty else { return }
    let place = random.below(operations.count)
    switch random.below(10) {
    case 0: operations.remove(at: place)
    case 1: operations.insert(operations[place], at: place)
    case 2: operations.swapAt(place, random.below(operations.count))
    case 3: operations.insert(Operation(code: UInt8(random.below(256)), argument: []), at: place)
    case 4: operations[place] = number(&random)
    case 5:
      // Numbers are shapes, strides, offsets and keys of storages.
      let numbers = operations.indices.filter { [0x4B, 0x4D, 0x4A].contains(operations[$0].code) }
      if let place = numbers.isEmpty ? nil : random.pick(numbers) {
        operations[place] = number(&random)
      }
    case 6: operations.insert(contentsOf: operations.shuffledPart(&random), at: place)
    case 7:
      let texts = operations.indices.filter { [0x58, 0x63].contains(operations[$0].code) }
      guard !texts.isEmpty else { return }
      let place = random.pick(texts)
      operations[place] = operations[place].code == 0x63 ? global(&random) : text(&random)
    case 8:
      let depth = random.pick([2, 200, 30_000])
      let code = random.pick(Array("(])}l".utf8))
      operations.insert(
        contentsOf: (0..<depth).map { _ in Operation(code: code, argument: []) }, at: place)
    default: Bytes.spoil(&operations[place].argument, &random)
    }
  }

  private func number(_ random: inout Random) -> Operation {
    let number = random.pick(Bytes.numbers)
    return random.oneIn(2)
      ? Operation(code: 0x4A, argument: Bytes.little(Int32(truncatingIfNeeded: number)))
      : Operation(code: 0x8A, argument: [8] + Bytes.little(number))
  }

  private func text(_ random: inout Random) -> Operation {
    let words = [
      "storage", "cpu", "cuda:0", "0", "1", "99", "../../../../escaped", "roberta.embeddings",
    ]
    let text = Array(TreeSpoiler(words: words).changed("classifier.weight", &random).utf8)
    return Operation(code: 0x58, argument: Bytes.little(UInt32(text.count)) + text)
  }

  private func global(_ random: inout Random) -> Operation {
    let names = [
      "os\nsystem\n", "builtins\neval\n", "torch\nLongStorage\n", "torch\nFloatStorage\n",
      "torch\nBFloat16Storage\n",
      "torch._utils\n_rebuild_tensor_v2\n", "torch._utils\n_rebuild_parameter\n",
      "collections\nOrderedDict\n",
      "torch\nComplexFloatStorage\n", "torch.nn.modules.linear\nLinear\n", "\u{1B}[31m\nx\n",
      "\n\n",
    ]
    return Operation(code: 0x63, argument: Array(random.pick(names).utf8))
  }
}

extension [Pickle.Operation] {
  /// Some operations in a row.
  fileprivate func shuffledPart(_ random: inout Random) -> [Pickle.Operation] {
    let start = random.below(count)
    return Array(self[start..<Swift.min(count, start + 1 + random.below(30))])
  }
}
