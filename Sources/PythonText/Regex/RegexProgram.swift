/// A regular expression as instructions of a backtracking machine.
struct RegexProgram: Sendable {
  enum Instruction: Sendable {
    case literal(Unicode.Scalar)
    /// A code point of one of `sets`.
    case one(set: Int)
    /// As many code points of a set as greed and bounds allow.
    case run(set: Int, minimum: Int, maximum: Int, RegexNode.Greed)
    case position(RegexNode.Position)
    case save(slot: Int)
    /// Goes on at `first`, and at `second` if that fails.
    case split(first: Int, second: Int)
    case jump(Int)
    /// Leaves a loop whose last round took nothing since `slot` was saved.
    case leaveIfStuck(slot: Int, exit: Int)
    case backreference(group: Int, ignoresCase: Bool)
    /// The body follows and ends with `accept`; behind it comes `end`.
    case look(end: Int, width: Int, isAhead: Bool, isNegated: Bool)
    case atomic(end: Int)
    case unlessMatched(group: Int, Int)
    case accept
  }

  /// Counted repetitions are written out; more than this is refused.
  private static let sizeLimit = 20_000

  private(set) var instructions: [Instruction] = []
  private(set) var sets: [RegexSet] = []
  let groupCount: Int
  /// Two for the bounds of each group, the whole match first, then one for each loop whose body may be empty.
  private(set) var slotCount: Int
  /// Slots of such loops around each instruction, the outermost first.
  private var loopsAround: [[Int]] = []
  private var openLoops: [Int] = []
  /// What has failed once fails again; `nil` where that depends on what groups have matched.
  private(set) var memo: RegexMemoLayout?

  init(_ node: RegexNode, groupCount: Int) throws(TemplateFault) {
    self.groupCount = groupCount
    slotCount = 2 * (groupCount + 1)
    try emit(node)
    try add(.accept)
    memo = RegexMemoLayout(instructions, loopsAround: loopsAround)
    loopsAround = []
  }

  /// Whether it begins with any number of any code points: where it fails, it fails further on too.
  var beginsWithAnything: Bool {
    guard case .run(let set, _, .max, let greed)? = instructions.first, greed != .possessive else {
      return false
    }
    return sets[set].isEverything
  }

  @discardableResult
  private mutating func add(_ instruction: Instruction) throws(TemplateFault) -> Int {
    guard instructions.count < Self.sizeLimit else { throw TemplateFault("it is too large") }
    instructions.append(instruction)
    loopsAround.append(openLoops)
    return instructions.count - 1
  }

  private mutating func set(_ set: RegexSet) -> Int {
    sets.append(set)
    return sets.count - 1
  }

  private mutating func emit(_ node: RegexNode) throws(TemplateFault) {
    switch node {
    case .one(let set):
      try add(set.only.map { .literal($0) } ?? .one(set: self.set(set)))
    case .position(let position): try add(.position(position))
    case .sequence(let items): for item in items { try emit(item) }
    case .alternatives(let branches): try emit(branches: branches)
    case .capture(let group, let body):
      try add(.save(slot: 2 * group))
      try emit(body)
      try add(.save(slot: 2 * group + 1))
    case .repetition(let body, let minimum, let maximum, let greed):
      try emit(repeated: body, minimum, maximum, greed)
    case .backreference(let group, let ignoresCase):
      try add(.backreference(group: group, ignoresCase: ignoresCase))
    case .look(let body, let isAhead, let isNegated):
      let width = body.width ?? 0
      try emit(enclosed: body) { end in
        .look(end: end, width: width, isAhead: isAhead, isNegated: isNegated)
      }
    case .atomic(let body): try emit(enclosed: body) { .atomic(end: $0) }
    case .conditional(let group, let first, let second):
      let test = try add(.jump(0))
      try emit(first)
      let leave = try add(.jump(0))
      instructions[test] = .unlessMatched(group: group, instructions.count)
      try emit(second)
      instructions[leave] = .jump(instructions.count)
    }
  }

  private mutating func emit(branches: [RegexNode]) throws(TemplateFault) {
    var leaves: [Int] = []
    for branch in branches.dropLast() {
      let split = try add(.jump(0))
      try emit(branch)
      leaves.append(try add(.jump(0)))
      instructions[split] = .split(first: split + 1, second: instructions.count)
    }
    if let last = branches.last { try emit(last) }
    for leave in leaves { instructions[leave] = .jump(instructions.count) }
  }

  /// A body that is run on its own, behind an instruction that knows its end.
  private mutating func emit(
    enclosed body: RegexNode, _ instruction: (Int) -> Instruction
  ) throws(TemplateFault) {
    let start = try add(.jump(0))
    try emit(body)
    try add(.accept)
    instructions[start] = instruction(instructions.count)
  }

  private mutating func emit(
    repeated body: RegexNode, _ minimum: Int, _ maximum: Int?, _ greed: RegexNode.Greed
  ) throws(TemplateFault) {
    if case .one(let set) = body {
      try add(.run(set: self.set(set), minimum: minimum, maximum: maximum ?? .max, greed))
      return
    }
    if greed == .possessive {
      try emit(
        .atomic(.repetition(body, minimum: minimum, maximum: maximum, .greedy)))
      return
    }
    for _ in 0..<minimum {
      let size = instructions.count
      try emit(body)
      if instructions.count == size { return }
    }
    // Only a round that may take nothing has to be watched.
    let slot = body.mayBeEmpty ? slotCount : nil
    if slot != nil { slotCount += 1 }
    var exits: [Int] = []
    func split(_ position: Int, exit: Int) -> Instruction {
      greed == .lazy
        ? .split(first: exit, second: position + 1) : .split(first: position + 1, second: exit)
    }
    for _ in 0..<(maximum.map { $0 - minimum } ?? 1) {
      exits.append(try add(.jump(0)))
      guard let slot else {
        try emit(body)
        continue
      }
      try add(.save(slot: slot))
      openLoops.append(slot)
      try emit(body)
      openLoops.removeLast()
      exits.append(try add(.leaveIfStuck(slot: slot, exit: 0)))
    }
    if maximum == nil { try add(.jump(exits[0])) }
    for position in exits {
      if case .leaveIfStuck(let slot, _) = instructions[position] {
        instructions[position] = .leaveIfStuck(slot: slot, exit: instructions.count)
      } else {
        instructions[position] = split(position, exit: instructions.count)
      }
    }
  }
}
