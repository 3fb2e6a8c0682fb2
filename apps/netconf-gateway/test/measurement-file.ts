/** A performance file as TS 28.532 describes it, with one granularity period. */
export const measurementFile = (
  cells: { readonly [cell: string]: string },
  {
    counters = 'RRC.ConnMean DRB.Rel DRB.RelAbnormal',
    end,
    seconds = 1,
    suspect = false,
  }: {
    readonly counters?: string;
    readonly end: Date;
    readonly seconds?: number;
    readonly suspect?: boolean;
  },
): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<measDataFile xmlns="http://www.3gpp.org/ftp/specs/archive/28_series/28.532#measData">
  <fileHeader fileFormatVersion="28.532 V17.0" vendorName="Example" dnPrefix="DC=example">
    <fileSender senderName="ManagedElement=gnb-1"/><measData beginTime="${end.toISOString()}"/>
  </fileHeader>
  <measData>
    <managedElement localDn="ManagedElement=gnb-1"/>
    <measInfo measInfoId="cells">
      <job jobId="1"/>
      <granPeriod duration="PT${seconds}S" endTime="${end.toISOString()}"/>
      <repPeriod duration="PT${seconds}S"/>
      <measTypes>${counters}</measTypes>
${Object.entries(cells)
  .map(
    ([cell, values]) =>
      `      <measValue measObjLdn="GNBDUFunction=1,NRCellDU=${cell}"><measResults>${values}</measResults><suspect>${String(suspect)}</suspect></measValue>`,
  )
  .join('\n')}
    </measInfo>
  </measData>
  <fileFooter><measData endTime="${end.toISOString()}"/></fileFooter>
</measDataFile>`;
