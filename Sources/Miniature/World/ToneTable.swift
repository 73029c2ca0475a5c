import Tensors

/// How talk about each group goes on, topic by topic: drawn once from the world's seed.
struct ToneTable: Sendable {
  private var climates: [String: Climate] = [:]

  init(using random: inout RandomSource) {
    for group in Group.all {
      let all = zip(Climate.allCases, group.climates)
        .flatMap { Array(repeating: $0, count: $1) }
      for (topic, climate) in zip(Topic.all, random.shuffled(all)) {
        climates[group.name + "/" + topic.name] = climate
      }
    }
  }

  func climate(_ group: Group, _ topic: Topic) -> Climate {
    climates[group.name + "/" + topic.name] ?? .tense
  }
}
