extension SampleRecord {
  package var outcomes: [FilteredOutcome] {
    [FilteredOutcome(responses: texts, metrics: metrics)]
  }
}
